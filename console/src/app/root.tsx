import { Outlet } from '@tanstack/react-router';
import { Bars } from './bars';
import { Toasts } from './toasts';

/** Everything that is on the page: the bars at its top, the screen, and what was told. */
export function Root() {
  return (
    <>
      <Bars />
      <Outlet />
      <Toasts />
    </>
  );
}
