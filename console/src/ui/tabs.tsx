import './tabs.css';
import type { ReactNode } from 'react';
import { Tab, TabList, TabPanel, Tabs as AriaTabs } from 'react-aria-components/Tabs';

interface TabsProps<I extends string> {
  label: string;
  tabs: readonly { id: I; label: string; panel: ReactNode }[];
  chosen: I;
  onChoose: (id: I) => void;
}

/** Panels of which one shows. */
export function Tabs<I extends string>({ label, tabs, chosen, onChoose }: TabsProps<I>) {
  return (
    <AriaTabs className="tabs" selectedKey={chosen} onSelectionChange={(key) => onChoose(key as I)}>
      <TabList aria-label={label} className="tab-list">
        {tabs.map((tab) => <Tab key={tab.id} id={tab.id} className="tab">{tab.label}</Tab>)}
      </TabList>
      {tabs.map((tab) => <TabPanel key={tab.id} id={tab.id} className="tab-panel">{tab.panel}</TabPanel>)}
    </AriaTabs>
  );
}
