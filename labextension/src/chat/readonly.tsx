import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { useView } from '../context';
import { formatTime } from '../format';
import { hasEnded, isPausing } from '../jobs/state';
import type { Job } from '../schema';

/**
 * Why nothing can be said, and a button for what to do about it.
 */
export function ReadOnly(props: {
  job: Job | undefined;

  /** Undefined where nothing was said that could go on. */
  onContinue?: () => void;
}): React.ReactElement {
  const { trans, clock, actions } = useView();
  const { job, onContinue } = props;
  return (
    <div className="jp-sw-ReadOnly">
      <span role="status">{whyReadOnly(job, clock.now(), trans)}</span>
      {job?.state === 'paused' && (
        <button
          className="jp-sw-Button jp-mod-primary"
          onClick={() => actions.resume(job)}
        >
          {trans.__('Resume')}
        </button>
      )}
      {job && hasEnded(job) && (
        <button
          className="jp-sw-Button"
          onClick={onContinue ?? (() => actions.rerun(job))}
        >
          {onContinue
            ? trans.__('Run again and continue')
            : trans.__('Run again')}
        </button>
      )}
    </div>
  );
}

function whyReadOnly(
  job: Job | undefined,
  now: number,
  trans: TranslationBundle
): string {
  if (!job) {
    return trans.__('This job is not known to the server any more.');
  }
  if (isPausing(job)) {
    return trans.__('%1 is being paused.', job.name);
  }
  if (hasEnded(job)) {
    return [
      job.ended_at === null
        ? trans.__('%1 has ended.', job.name)
        : trans.__('%1 ended at %2.', job.name, formatTime(job.ended_at, now)),
      job.reason,
      trans.__('The conversation can be read. To talk on, run the model again.')
    ]
      .filter(Boolean)
      .join(' ');
  }
  switch (job.state) {
    case 'running':
      return trans.__('Opening the conversation…');
    case 'paused':
      return trans.__(
        '%1 is paused. Resume it to go on with this conversation.',
        job.name
      );
    case 'cancelling':
      return trans.__('%1 is stopping.', job.name);
    default:
      return trans.__(
        '%1 is not running yet; you can write when it is.',
        job.name
      );
  }
}
