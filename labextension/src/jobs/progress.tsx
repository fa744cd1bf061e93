import React from 'react';

import { useView } from '../context';
import type { Job } from '../schema';
import { stateWord } from './words';

/**
 * How far a job is on its way to running: a bar and what there is to say about it.
 */
export function JobProgress(props: { job: Job }): React.ReactElement | null {
  const { trans } = useView();
  const { job } = props;
  if (job.state !== 'fetching' && job.state !== 'loading') {
    return null;
  }
  const fraction = job.progress?.fraction ?? null;
  const percent = fraction === null ? undefined : Math.round(fraction * 100);
  const details = [job.progress?.detail || job.progress?.stage || job.reason];
  if (job.state === 'fetching') {
    details.push(trans.__('holds no memory yet'));
  }
  return (
    <>
      <div
        className="jp-sw-Progress"
        role="progressbar"
        aria-label={trans.__('%1: %2', job.name, stateWord(job.state, trans))}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
      >
        <div
          className={fraction === null ? 'jp-mod-unknown' : undefined}
          style={fraction === null ? undefined : { width: `${percent}%` }}
        />
      </div>
      <div className="jp-sw-Job-detail">
        {details.filter(Boolean).join(' · ')}
      </div>
    </>
  );
}
