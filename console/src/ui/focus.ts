/** Remembers the row after one that is going away, and returns what moves the focus there once it is gone. */
export function focusRow(id: string): () => void {
  const row = document.getElementById(`row-${id}`);
  const beside = row?.nextElementSibling?.id ?? row?.previousElementSibling?.id;
  return () => {
    const next = (beside && document.getElementById(beside)) || document.querySelector<HTMLElement>('h1');
    next?.focus({ preventScroll: false });
  };
}
