import React from 'react';

import { useChanges } from '../hooks';
import type { ILogPart } from './part';
import { Download } from './toolbar';

/**
 * What a person has to know of the lines: that there are none, and why, or that there are more.
 */
export function LogNote(props: ILogPart): React.ReactElement | null {
  const { view, trans } = props;
  useChanges(view);
  const { model, reader } = view;
  const { error } = reader;
  if (reader.phase === 'failed' && error) {
    return (
      <div className="jp-sw-Banner" role="alert">
        <span>{[error.message, error.hint].filter(Boolean).join(' ')}</span>
        <button
          type="button"
          className="jp-sw-Button"
          onClick={() => reader.retry()}
        >
          {trans.__('Try again')}
        </button>
      </div>
    );
  }
  if (model.kept === 0) {
    return <p className="jp-sw-Log-none">{emptiness(props)}</p>;
  }
  if (model.shown.length === 0) {
    return (
      <p className="jp-sw-Log-none">
        {trans.__('There is no line of this level.')}{' '}
        <button
          type="button"
          className="jp-sw-Button"
          onClick={() => {
            view.level = 'all';
          }}
        >
          {trans.__('Show all lines')}
        </button>
      </p>
    );
  }
  if (model.dropped > 0) {
    return (
      <div className="jp-sw-Banner">
        <span>
          {trans._n(
            '%1 older line is not shown.',
            '%1 older lines are not shown.',
            model.dropped
          )}
        </span>
        <Download {...props} />
      </div>
    );
  }
  return null;
}

function emptiness({ view, trans }: ILogPart): string {
  switch (view.reader.phase) {
    case 'ended':
      return trans.__('The job has ended without printing anything.');
    case 'following':
      return trans.__('Nothing printed yet.');
    default:
      return trans.__('Loading the log…');
  }
}
