import type { ReactNode } from 'react';

const shapes = {
  add: <path d="M8 3.25v9.5M3.25 8h9.5" />,
  arrowLeft: <path d="M9.5 3.5 5 8l4.5 4.5M5.25 8H13" />,
  audit: <path d="M4 2.75h8v10.5H4zM6.25 5.75h3.5M6.25 8.25h3.5M6.25 10.75h2" />,
  bell: (
    <path d="M8 2.5a3.75 3.75 0 0 0-3.75 3.75c0 3-1.25 4.25-1.25 4.25h10s-1.25-1.25-1.25-4.25A3.75 3.75 0 0 0 8 2.5ZM6.75 12.75a1.4 1.4 0 0 0 2.5 0" />
  ),
  building: <path d="M3.25 13.25V3.5L9 2v11.25M9 6l3.75 1v6.25M1.75 13.25h12.5M5.5 5.75h1M5.5 8.25h1M5.5 10.75h1" />,
  chart: <path d="M2.75 2.75v10.5h10.5M5.5 10.5V8M8.25 10.5V5.5M11 10.5V7" />,
  check: <path d="m3.25 8.5 3 3 6.5-7" />,
  chevronDown: <path d="m4.25 6.25 3.75 3.5 3.75-3.5" />,
  chevronLeft: <path d="M9.75 4.25 6.25 8l3.5 3.75" />,
  chevronRight: <path d="M6.25 4.25 9.75 8l-3.5 3.75" />,
  clock: <path d="M8 2.25a5.75 5.75 0 1 0 0 11.5 5.75 5.75 0 0 0 0-11.5ZM8 5v3.25l2 1.25" />,
  close: <path d="m4 4 8 8M12 4l-8 8" />,
  copy: <path d="M5.75 5.75h7.5v7.5h-7.5zM10.25 5.5V2.75h-7.5v7.5H5.5" />,
  eye: (
    <path d="M1.75 8S4 3.75 8 3.75 14.25 8 14.25 8 12 12.25 8 12.25 1.75 8 1.75 8ZM8 6.25a1.75 1.75 0 1 0 0 3.5 1.75 1.75 0 0 0 0-3.5Z" />
  ),
  eyeOff: (
    <path d="M3 3l10 10M6.5 4a6.6 6.6 0 0 1 1.5-.25C12 3.75 14.25 8 14.25 8a11 11 0 0 1-1.75 2.2M4.25 5.25A10.6 10.6 0 0 0 1.75 8S4 12.25 8 12.25a6.4 6.4 0 0 0 2.5-.5" />
  ),
  filter: <path d="M2.5 4h11M4.5 8h7M6.5 12h3" />,
  gear: (
    <path d="M6.7 2.25h2.6l.4 1.7 1.2.7 1.65-.5 1.3 2.2-1.25 1.2v1l1.25 1.2-1.3 2.2-1.65-.5-1.2.7-.4 1.7H6.7l-.4-1.7-1.2-.7-1.65.5-1.3-2.2L3.4 8.55v-1L2.15 6.35l1.3-2.2 1.65.5 1.2-.7zM8 6.15a1.9 1.9 0 1 0 0 3.8 1.9 1.9 0 0 0 0-3.8Z" />
  ),
  globe: (
    <path d="M8 2.25a5.75 5.75 0 1 0 0 11.5 5.75 5.75 0 0 0 0-11.5ZM2.5 8h11M8 2.25c1.7 1.6 2.5 3.5 2.5 5.75S9.7 12.15 8 13.75C6.3 12.15 5.5 10.25 5.5 8S6.3 3.85 8 2.25Z" />
  ),
  help: (
    <path d="M8 2.25a5.75 5.75 0 1 0 0 11.5 5.75 5.75 0 0 0 0-11.5ZM6.25 6.25c0-1 .8-1.65 1.75-1.65s1.75.65 1.75 1.6c0 1.2-1.75 1.35-1.75 2.55M8 11.25v.01" />
  ),
  key: <path d="M10.25 2.5a3.25 3.25 0 1 0 1.3 6.23 3.25 3.25 0 0 0-1.3-6.23ZM7.6 8.4 2.75 13.25M4.5 11.5l1.5 1.5" />,
  menu: <path d="M2.5 4.25h11M2.5 8h11M2.5 11.75h11" />,
  module: <path d="M2.75 2.75h4.5v4.5h-4.5zM8.75 2.75h4.5v4.5h-4.5zM2.75 8.75h4.5v4.5h-4.5zM8.75 8.75h4.5v4.5h-4.5z" />,
  monitor: <path d="M2.25 3.25h11.5v7.5H2.25zM5.75 13.25h4.5M8 10.75v2.5" />,
  moon: <path d="M13.25 9.5A5.5 5.5 0 0 1 6.5 2.75a5.5 5.5 0 1 0 6.75 6.75Z" />,
  more: <path d="M3.75 8h.01M8 8h.01M12.25 8h.01" strokeWidth="2" />,
  orders: (
    <path d="M3.25 2.25h9.5v11.5l-2-1.25-1.5 1.25L8 12.5l-1.25 1.25-1.5-1.25-2 1.25zM5.75 5.5h4.5M5.75 8.25h4.5" />
  ),
  pencil: <path d="M3 10.5 10.75 2.75l2.5 2.5L5.5 13H3z" />,
  people: (
    <path d="M6 3a2.4 2.4 0 1 0 0 4.8A2.4 2.4 0 0 0 6 3ZM1.75 13c0-2.3 1.7-3.75 4.25-3.75S10.25 10.7 10.25 13M10.5 3.25a2.25 2.25 0 0 1 0 4.25M12 9.5c1.45.5 2.25 1.75 2.25 3.5" />
  ),
  phone: <path d="M4.75 1.75h6.5v12.5h-6.5zM7.25 11.75h1.5" />,
  question: <path d="M8 2.25a5.75 5.75 0 1 0 0 11.5 5.75 5.75 0 0 0 0-11.5Z" />,
  search: <path d="M7 2.75a4.25 4.25 0 1 0 0 8.5 4.25 4.25 0 0 0 0-8.5ZM10.25 10.25l3 3" />,
  shield: <path d="M8 1.9 3 3.75V7.5c0 3.1 2.05 5.35 5 6.6 2.95-1.25 5-3.5 5-6.6V3.75zM5.9 7.9l1.5 1.5 2.8-3" />,
  signOut: <path d="M6.25 2.75h-3.5v10.5h3.5M6.5 8h7M11 5.25 13.75 8 11 10.75" />,
  sortDown: <path d="M8 3.25v9.5M4.5 9.25 8 12.75l3.5-3.5" />,
  sortUp: <path d="M8 12.75v-9.5M4.5 6.75 8 3.25l3.5 3.5" />,
  sun: (
    <path d="M8 5.25a2.75 2.75 0 1 0 0 5.5 2.75 2.75 0 0 0 0-5.5ZM8 1.5v1.25M8 13.25v1.25M1.5 8h1.25M13.25 8h1.25M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9" />
  ),
  tasks: <path d="m2.5 4.25 1.25 1.25L6 3M2.5 10.75 3.75 12 6 9.5M8.5 4.5h5M8.5 11h5" />,
  trash: <path d="M2.75 4.25h10.5M6 4V2.5h4V4M4.25 4.5l.6 9h6.3l.6-9M6.75 7v4M9.25 7v4" />,
  warning: <path d="M8 2.25 14.25 13H1.75zM8 6.5V9.5M8 11.3v.01" />,
} satisfies Record<string, ReactNode>;

/** The name of a drawing. */
export type IconName = keyof typeof shapes;

/** A drawing of 16 × 16; it is decoration, the text beside it says what it means. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      className="icon"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {shapes[name]}
    </svg>
  );
}

/** The mark of the product. */
export function Mark({ size = 28 }: { size?: number }) {
  return (
    <svg className="mark" width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" fill="var(--mark, #2f54d6)" />
      <path d="M10 8h6.5a8 8 0 0 1 0 16H10z" fill="none" stroke="#fff" strokeWidth="3" strokeLinejoin="round" />
      <circle cx="16" cy="16" r="2.25" fill="#fff" />
    </svg>
  );
}
