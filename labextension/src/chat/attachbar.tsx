import React from 'react';

import { useView } from '../context';
import { useChanges } from '../hooks';
import type { Attachments } from './attachments';

/**
 * What goes with the next message, each with a button that takes it away.
 */
export function AttachBar(props: {
  attachments: Attachments;
}): React.ReactElement | null {
  const { attachments } = props;
  const { trans } = useView();
  useChanges(attachments);
  if (attachments.items.length === 0) {
    return null;
  }
  return (
    <ul className="jp-sw-AttachBar" aria-label={trans.__('Attached')}>
      {attachments.items.map(item => (
        <li key={item.text} title={item.text.slice(0, 400)}>
          <span>{item.title}</span>
          <button
            className="jp-sw-IconButton"
            aria-label={trans.__('Take away %1', item.title)}
            onClick={() => attachments.remove(item)}
          >
            <svg viewBox="0 0 16 16" aria-hidden="true">
              <path d="m5 5 6 6M11 5l-6 6" />
            </svg>
          </button>
        </li>
      ))}
    </ul>
  );
}
