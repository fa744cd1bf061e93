import React from 'react';

import { useView } from '../context';
import { formatCountdown } from '../format';
import { useBeat } from '../hooks';
import type { Job } from '../schema';
import { urgency } from './countdown';
import { Glyph } from './glyph';
import { isPausing, secondsLeft } from './state';
import { stateWord } from './words';

/**
 * A job's state in a word or two; near its release, the time that is left.
 */
export function StateChip(props: { job: Job }): React.ReactElement {
  const { job } = props;
  const { trans, clock, visible } = useView();
  const now = useBeat(clock, visible && job.release_at !== null);
  const left = secondsLeft(job, now);
  const near = urgency(left);
  if (left !== null && near !== 'calm') {
    return (
      <span className="jp-sw-Chip" data-tone={near}>
        <Glyph name="soon" />
        {trans.__('released in %1', formatCountdown(left))}
      </span>
    );
  }
  const percent = percentOf(job);
  const word = isPausing(job)
    ? trans.__('pausing')
    : stateWord(job.state, trans);
  return (
    <span className="jp-sw-Chip" data-tone={job.state}>
      <Glyph name={job.state} />
      {percent === null ? word : trans.__('%1 %2 %', word, percent)}
    </span>
  );
}

function percentOf(job: Job): number | null {
  const moving = job.state === 'fetching' || job.state === 'loading';
  const fraction = job.progress?.fraction ?? null;
  return moving && fraction !== null ? Math.floor(fraction * 100) : null;
}
