import React from 'react';

import { useView } from '../context';
import { formatCountdown } from '../format';
import { useBeat, useChanges } from '../hooks';
import type { JobsModel } from '../jobs/model';
import { nextRelease } from '../jobs/state';

/**
 * Live jobs and the next release in one line.
 */
export function StatusLine(props: {
  jobs: JobsModel;
  icon: React.ReactNode;

  /** Whether its menu is shown. */
  open: boolean;
  onToggle: () => void;
}): React.ReactElement | null {
  const { jobs, icon, open, onToggle } = props;
  const { trans, clock } = useView();
  useChanges(jobs);
  const { live } = jobs;
  const next = nextRelease(live);
  const now = useBeat(clock, next !== null);
  if (live.length === 0) {
    return null;
  }
  const running = live.filter(job => job.state === 'running').length;
  const paused = live.filter(job => job.state === 'paused').length;
  const waiting = live.length - paused;
  const words = [
    running > 0
      ? trans._n('%1 model running', '%1 models running', running)
      : waiting > 0
        ? trans._n('%1 job waiting', '%1 jobs waiting', waiting)
        : trans._n('%1 job paused', '%1 jobs paused', paused)
  ];
  if (next?.release_at) {
    words.push(
      trans.__('next release %1', formatCountdown(next.release_at - now))
    );
  }
  return (
    <button
      className="jp-sw-Status-button"
      title={trans.__('Jobs, memory and what can be done with them')}
      aria-haspopup="dialog"
      aria-expanded={open}
      onClick={onToggle}
    >
      {icon}
      <span>{words.join(' · ')}</span>
    </button>
  );
}
