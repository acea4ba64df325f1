/** Remembers the row after one that is going away, and returns what moves the focus there once it is gone. */
export function focusRow(id: string): () => void {
  const row = document.getElementById(`row-${id}`);
  const beside = row?.nextElementSibling?.id ?? row?.previousElementSibling?.id;
  return () => {
    const next = (beside && document.getElementById(beside)) || document.querySelector<HTMLElement>('h1');
    next?.focus({ preventScroll: false });
  };
}

/** Moves the focus to the title of the screen, where a dialog that closes had been opened by what is gone by now. */
export function keepFocus(): void {
  // React Aria gives the focus back in the next frame.
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      if (document.activeElement === document.body)
        document.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true });
    }),
  );
}
