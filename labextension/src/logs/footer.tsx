import React from 'react';

import { useChanges } from '../hooks';
import type { ILogPart } from './part';

/**
 * Whether more is to come, and the way to the end.
 */
export function LogFooter(props: ILogPart): React.ReactElement {
  const { view, trans } = props;
  useChanges(view);
  const { reader, behind, follow } = view;
  return (
    <div className="jp-sw-Log-footer">
      <span className="jp-sw-Log-status" role="status">
        {says(props)}
      </span>
      {reader.phase === 'broken' && (
        <button
          type="button"
          className="jp-sw-Button"
          onClick={() => reader.retry()}
        >
          {trans.__('Try now')}
        </button>
      )}
      {!follow && (
        <button
          type="button"
          className="jp-sw-Button jp-mod-primary jp-sw-Log-follow"
          title={trans.__('Go to the end of the log and stay there')}
          onClick={() => {
            view.follow = true;
          }}
        >
          {behind > 0
            ? trans._n(
                '%1 line behind · Follow',
                '%1 lines behind · Follow',
                behind
              )
            : trans.__('Follow')}
        </button>
      )}
    </div>
  );
}

function says({ view, trans }: ILogPart): string {
  const { reader, follow } = view;
  switch (reader.phase) {
    case 'loading':
      return trans.__('Connecting…');
    case 'broken':
      return trans.__('The connection was lost; trying again…');
    case 'failed':
      return trans.__('The log could not be read.');
    case 'ended':
      return trans.__('The job has ended; nothing more is printed.');
    case 'following':
      return follow
        ? trans.__('Following the log')
        : trans.__('New lines are added below');
  }
}
