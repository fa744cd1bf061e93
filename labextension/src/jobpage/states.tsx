import React, { useEffect } from 'react';

import { useView } from '../context';
import { useChanges } from '../hooks';
import type { Fetched } from './fetched';

/**
 * What the server is asked for when this is seen; until it has answered, or when it could not, what
 * there is to say and do about it.
 */
export function Asked<T>(props: {
  fetched: Fetched<T>;

  /** When this changes, it is asked again. */
  when?: unknown;
  children: (value: T) => React.ReactNode;
}): React.ReactElement {
  const { trans, visible } = useView();
  const { fetched, when, children } = props;
  useChanges(fetched);
  useEffect(() => {
    if (visible) {
      void fetched.load();
    }
  }, [fetched, visible, when]);
  const { value, error } = fetched;
  return (
    <>
      {error && (
        <div className="jp-sw-Banner" role="alert">
          <span>{[error.message, error.hint].filter(Boolean).join(' ')}</span>
          <button className="jp-sw-Button" onClick={() => void fetched.load()}>
            {trans.__('Try again')}
          </button>
        </div>
      )}
      {value !== null
        ? children(value)
        : !error && (
            <p className="jp-sw-JobPage-quiet">
              {trans.__('Asking the server…')}
            </p>
          )}
    </>
  );
}

/**
 * There is no such job any more.
 */
export function Gone(props: { onShowAll: () => void }): React.ReactElement {
  const { trans } = useView();
  return (
    <div className="jp-sw-State" role="alert">
      <h3>{trans.__('This job is gone')}</h3>
      <p>
        {trans.__(
          'It was deleted, or ended long ago and made room for newer ones.'
        )}
      </p>
      <button className="jp-sw-Button" onClick={props.onShowAll}>
        {trans.__('Show the jobs there are')}
      </button>
    </div>
  );
}
