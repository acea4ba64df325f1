import type { Screen } from '../app/screen';

/** The screens of one's own account. */
export const accountScreens: Screen[] = [];
