import React from 'react';

import { useView } from '../context';
import { canCancel, hasEnded } from '../jobs/state';
import type { Job } from '../schema';

/**
 * What can be done with all selected jobs; nothing while none is.
 */
export function SelectionBar(props: {
  jobs: Job[];
  onClear: () => void;
}): React.ReactElement | null {
  const { trans, actions } = useView();
  const { jobs, onClear } = props;
  if (jobs.length === 0) {
    return null;
  }
  const live = jobs.filter(canCancel);
  const ended = jobs.filter(hasEnded);
  const pin = jobs.some(({ pinned }) => !pinned);
  return (
    <div
      className="jp-sw-Selection"
      role="group"
      aria-label={trans.__('Selected jobs')}
    >
      <span aria-live="polite">
        {trans._n('%1 selected', '%1 selected', jobs.length)}
      </span>
      {live.length > 0 && (
        <button
          className="jp-sw-Button"
          onClick={() => actions.cancelThese(live)}
        >
          {trans._n('Cancel %1 job…', 'Cancel %1 jobs…', live.length)}
        </button>
      )}
      {ended.length > 0 && (
        <button
          className="jp-sw-Button"
          title={trans.__('It can be undone')}
          onClick={() => {
            onClear();
            actions.removeThese(ended);
          }}
        >
          {trans._n('Delete %1 job', 'Delete %1 jobs', ended.length)}
        </button>
      )}
      <button
        className="jp-sw-Button"
        title={trans.__(
          'Pinned jobs come first, and are kept when they have ended'
        )}
        onClick={() => actions.pin(jobs, pin)}
      >
        {pin ? trans.__('Pin') : trans.__('Unpin')}
      </button>
      <button
        className="jp-sw-Button jp-mod-quiet"
        title={trans.__('Select none (Escape)')}
        onClick={onClear}
      >
        {trans._p('selection', 'Clear')}
      </button>
    </div>
  );
}
