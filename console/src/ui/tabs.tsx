import './tabs.css';
import { type KeyboardEvent, type ReactNode, useId } from 'react';

interface TabsProps<I extends string> {
  label: string;
  tabs: readonly { id: I; label: string; panel: ReactNode }[];
  chosen: I;
  onChoose: (id: I) => void;
}

/**
 * Panels of which one shows. The arrow keys, Home and End choose, as in every list of tabs. They are no part of React
 * Aria: its collections are 14 kB, which a sign-in would be the first to fetch.
 */
export function Tabs<I extends string>({ label, tabs, chosen, onChoose }: TabsProps<I>) {
  const id = useId();
  const shown = tabs.find((tab) => tab.id === chosen);
  const move = (event: KeyboardEvent) => {
    const at = tabs.findIndex((tab) => tab.id === chosen);
    const to = new Map([
      ['ArrowRight', at + 1],
      ['ArrowLeft', at - 1],
      ['Home', 0],
      ['End', -1],
    ]).get(event.key);
    const next = to === undefined ? undefined : tabs.at(to % tabs.length);
    if (!next) return;
    event.preventDefault();
    onChoose(next.id);
    document.getElementById(`${id}-${next.id}`)?.focus();
  };
  return (
    <div className="tabs">
      <div role="tablist" aria-label={label} className="tab-list" onKeyDown={move}>
        {tabs.map((tab) => (
          <button
            key={tab.id}
            type="button"
            role="tab"
            id={`${id}-${tab.id}`}
            className="tab"
            aria-selected={tab.id === chosen}
            aria-controls={`${id}-panel`}
            data-selected={tab.id === chosen || undefined}
            tabIndex={tab.id === chosen ? 0 : -1}
            onClick={() => onChoose(tab.id)}
          >
            {tab.label}
          </button>
        ))}
      </div>
      <div key={chosen} role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${chosen}`} className="tab-panel">
        {shown?.panel}
      </div>
    </div>
  );
}
