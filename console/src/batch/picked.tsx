import './batch.css';
import { useText } from '../app/text';
import { Avatar } from '../ui/bits';
import { IconButton } from '../ui/button';
import { Drawer } from '../ui/dialog';
import type { Selection } from '../ui/table';

/** The rows that are selected, also those of other pages, each with a way out. */
export function Picked({
  open,
  selection,
  onSelect,
  onClose,
}: {
  open: boolean;
  selection: Selection;
  onSelect: (selection: Selection) => void;
  onClose: () => void;
}) {
  const say = useText();
  const without = (id: string) => new Map([...selection].filter(([one]) => one !== id));
  return (
    <Drawer open={open} onClose={onClose} title={say('ui.selected', { count: selection.size })}>
      <ul className="picked">
        {[...selection].map(([id, name]) => (
          <li key={id}>
            <Avatar name={name} size={24} />
            <span className="cut">{name}</span>
            <IconButton
              icon="close"
              label={say('batch.leaveOut', { name })}
              onPress={() => {
                onSelect(without(id));
                if (selection.size === 1) onClose();
              }}
            />
          </li>
        ))}
      </ul>
    </Drawer>
  );
}
