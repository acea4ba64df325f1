import { useEffect, useState } from 'react';
import { Button, IconButton } from '../ui/button';
import { Icon } from '../ui/icon';
import { type News, useNews } from './news';
import { useText } from './text';

/** How long a toast shows, in milliseconds; what it says stays under 最近操作. */
const shows = 6_000;

/** What was told a moment ago, and the live region in which screen readers hear it. */
export function Toasts() {
  const news = useNews();
  const [closed, setClosed] = useState<readonly number[]>([]);
  const shown = news
    .slice(0, 3)
    .filter(({ id }) => !closed.includes(id))
    .reverse();
  return (
    <div className="toasts" aria-live="polite" aria-atomic="false">
      {shown.map((one) => (
        <Toast key={one.id} news={one} onClose={() => setClosed((before) => [...before, one.id])} />
      ))}
    </div>
  );
}

function Toast({ news, onClose }: { news: News; onClose: () => void }) {
  const say = useText();
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held) return;
    const timer = setTimeout(onClose, shows);
    return () => clearTimeout(timer);
  });
  return (
    <div
      className={`toast ${news.kind}`}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <Icon name={news.kind === 'done' ? 'check' : 'warning'} />
      <span>{news.text}</span>
      {news.undo && (
        <Button
          kind="quiet"
          onPress={() => {
            news.undo?.();
            onClose();
          }}
        >
          {say('ui.undo')}
        </Button>
      )}
      <IconButton icon="close" label={say('ui.close')} onPress={onClose} />
    </div>
  );
}
