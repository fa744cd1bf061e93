import React from 'react';

import type { Job } from '../schema';

/** Drawn on 12 x 12 in the current colour, so that a state is more than a colour. */
const PATHS: Record<Job['state'] | 'soon' | 'pinned', React.ReactElement> = {
  fetching: <path d="M6 2v6M3.5 5.5 6 8l2.5-2.5M3 10h6" />,
  queued: (
    <>
      <circle cx="6" cy="6" r="4" />
      <path d="M6 3.5V6l1.6 1.2" />
    </>
  ),
  loading: <path d="M10 6a4 4 0 1 1-1.6-3.2" />,
  running: <circle cx="6" cy="6" r="3" fill="currentColor" stroke="none" />,
  paused: <path d="M4.3 3v6M7.7 3v6" strokeWidth="2" />,
  cancelling: <path d="M3 6h.01M6 6h.01M9 6h.01" strokeWidth="2" />,
  succeeded: <path d="m2.5 6.5 2.5 2.5 4.5-5.5" />,
  released: <path d="m2.5 6.5 2.5 2.5 4.5-5.5" />,
  cancelled: <path d="m3 3 6 6M9 3 3 9" />,
  failed: <path d="M6 2.5v4M6 9.3v.01" strokeWidth="2" />,
  pinned: (
    <path
      d="M4 1.5h4L7.5 5l2 2.2h-7l2-2.2ZM6 7.2v3.6"
      fill="currentColor"
      strokeWidth="1"
    />
  ),
  soon: (
    <>
      <circle cx="6" cy="6" r="4" />
      <path d="M6 6V2a4 4 0 0 1 4 4Z" fill="currentColor" stroke="none" />
    </>
  )
};

/**
 * The small drawing before a state's name, and of a pin.
 */
export function Glyph(props: { name: keyof typeof PATHS }): React.ReactElement {
  return (
    <svg
      className="jp-sw-Glyph"
      viewBox="0 0 12 12"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {PATHS[props.name]}
    </svg>
  );
}
