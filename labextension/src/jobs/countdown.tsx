import React from 'react';

import { useView } from '../context';
import {
  formatCountdown,
  formatDuration,
  formatRing,
  formatTime
} from '../format';
import { useBeat } from '../hooks';
import type { Job } from '../schema';
import { secondsLeft } from './state';

/** Seconds before its release at which a job turns amber, and red. */
const SOON = 300;
const LAST = 60;

/** The ring's radius; its dashes are measured along this circle. */
const RADIUS = 15.5;
const LENGTH = 2 * Math.PI * RADIUS;

/**
 * How near a release is; `calm` also when there is none.
 */
export type Urgency = 'calm' | 'soon' | 'last';

/**
 * How near a release is, `left` seconds before it.
 */
export function urgency(left: number | null): Urgency {
  if (left === null || left > SOON) {
    return 'calm';
  }
  return left > LAST ? 'soon' : 'last';
}

/**
 * What is left of the time a job was given, 0 to 1.
 */
export function shareLeft(job: Job, left: number): number {
  const release = job.release_at ?? 0;
  // As if it had never been paused.
  const began = (job.running_at ?? 0) - job.ran_before;
  const after = began + (job.release_after ?? Infinity);
  // The clock that ends first tells where the ring began.
  const start = after - release < 1 ? began : job.idle_since;
  const whole = release - (start ?? release);
  return whole > 0 ? Math.min(1, Math.max(0, left / whole)) : 0;
}

/**
 * A ring that empties, with the time that is left in it.
 */
export function Countdown(props: { job: Job }): React.ReactElement | null {
  const { job } = props;
  const { trans, clock, visible } = useView();
  const now = useBeat(clock, visible && job.release_at !== null);
  const left = secondsLeft(job, now);
  if (left === null) {
    return null;
  }
  const label = trans.__(
    'Released in %1, at %2',
    left < SOON ? formatCountdown(left) : formatDuration(left, trans),
    formatTime(now + left, now)
  );
  return (
    <div
      className="jp-sw-Countdown"
      data-urgency={urgency(left)}
      role="timer"
      aria-label={label}
      title={label}
    >
      <svg viewBox="0 0 34 34" aria-hidden="true">
        <circle className="jp-sw-Countdown-track" cx="17" cy="17" r={RADIUS} />
        <circle
          className="jp-sw-Countdown-left"
          cx="17"
          cy="17"
          r={RADIUS}
          strokeDasharray={`${shareLeft(job, left) * LENGTH} ${LENGTH}`}
          transform="rotate(-90 17 17)"
        />
      </svg>
      <span className="jp-sw-Countdown-text">{formatRing(left)}</span>
    </div>
  );
}

/**
 * What is left of a job, in words that tick: `released in 23:14`.
 */
export function TimeLeft(props: { job: Job }): React.ReactElement | null {
  const { job } = props;
  const { trans, clock, visible } = useView();
  const now = useBeat(clock, visible && job.release_at !== null);
  const left = secondsLeft(job, now);
  return left === null ? null : (
    <span className="jp-sw-TimeLeft" data-urgency={urgency(left)}>
      {trans.__('released in %1', formatCountdown(left))}
    </span>
  );
}
