import React from 'react';

import { useView } from '../context';
import { formatBytes, formatDuration, formatTime } from '../format';
import { useBeat } from '../hooks';
import type { Job } from '../schema';
import { CancelButton, EndedActions, LiveActions, MoreButton } from './actions';
import { StateChip } from './chip';
import { Countdown } from './countdown';
import { Glyph } from './glyph';
import { NotebookLink } from './notebook';
import { JobProgress } from './progress';
import { hasEnded, isServed, memoryOf } from './state';
import { placeOf, projectWord, versionWord } from './words';

/** A pause shorter than this, in seconds, is not worth a word. */
const IDLE_WORTH_TELLING = 60;

/**
 * Whether a job has no worker yet: nothing to talk to, no log to read.
 */
function waits(job: Job): boolean {
  return job.state === 'fetching' || job.state === 'queued';
}

/**
 * One job with what can be done with it in its state: a row of a grid, so that it can be selected
 * and have buttons in it.
 */
export const JobCard = React.memo(function JobCard(props: {
  job: Job;
  selected?: boolean;

  /** Whether the Tab key comes to it. */
  reached?: boolean;
}): React.ReactElement {
  const { trans, actions } = useView();
  const { job, selected = false, reached = false } = props;
  const ended = hasEnded(job);
  return (
    <li
      className="jp-sw-Job"
      data-job={job.id}
      data-state={job.state}
      role="row"
      aria-label={job.name}
      aria-selected={selected}
      tabIndex={reached ? 0 : -1}
    >
      <div role="gridcell">
        <div className="jp-sw-Job-top">
          <div className="jp-sw-Job-main">
            <div className="jp-sw-Job-head">
              <Pin job={job} />
              <button
                className="jp-sw-Job-name"
                title={[trans.__('Show all about it'), job.model].join('\n')}
                onClick={() => actions.open(job)}
              >
                {job.name}
              </button>
              <StateChip job={job} />
            </div>
            {ended ? <Past job={job} /> : <Facts job={job} />}
          </div>
          <Countdown job={job} />
          {waits(job) && (
            <div className="jp-sw-Job-corner">
              <CancelButton job={job} />
              <MoreButton job={job} />
            </div>
          )}
        </div>
        {job.comment && <div className="jp-sw-Job-comment">{job.comment}</div>}
        <JobProgress job={job} />
        <Why job={job} />
        {ended && <EndedActions job={job} />}
        {!ended && !waits(job) && <LiveActions job={job} />}
      </div>
    </li>
  );
});

/**
 * Says that a job is pinned.
 */
export function Pin(props: { job: Job }): React.ReactElement | null {
  const { trans } = useView();
  const label = trans.__('Pinned');
  return props.job.pinned ? (
    <span className="jp-sw-Pin" role="img" aria-label={label} title={label}>
      <Glyph name="pinned" />
    </span>
  ) : null;
}

/**
 * What one wants to know of a live job, in one line.
 */
function Facts(props: { job: Job }): React.ReactElement | null {
  const { trans, clock, visible } = useView();
  const { job } = props;
  const now = useBeat(clock, visible && job.idle_since !== null);
  const idle =
    job.state === 'running' && job.idle_since !== null
      ? now - job.idle_since
      : 0;
  const speed = job.metrics.tokens_per_second;
  const memory = memoryOf(job);
  const facts = [
    job.name === job.model_name ? '' : job.model_name,
    versionWord(job),
    memory === null ? '' : formatBytes(memory),
    job.grant.some(grant => grant.simulated) ? trans.__('simulated') : '',
    idle > IDLE_WORTH_TELLING
      ? trans.__('idle %1', formatDuration(idle, trans))
      : speed
        ? trans.__(
            '%1 tok/s',
            speed < 10 ? speed.toFixed(1) : Math.round(speed)
          )
        : '',
    job.state === 'paused' && job.paused_at !== null
      ? trans.__('since %1', formatTime(job.paused_at, now))
      : '',
    projectWord(job),
    isServed(job) ? '' : trans.__('in the kernel'),
    job.owner.notebook && <NotebookLink notebook={job.owner.notebook} />
  ].filter(Boolean);
  const more = [
    job.model,
    ...job.grant.map(grant =>
      trans.__('%1 on %2', formatBytes(grant.bytes), placeOf(grant, trans))
    ),
    job.engine === 'auto' ? '' : job.engine,
    job.owner.notebook ?? ''
  ].filter(Boolean);
  return facts.length === 0 ? null : (
    <div className="jp-sw-Job-facts" title={more.join('\n')}>
      <Dotted parts={facts} />
    </div>
  );
}

/**
 * Several things to know in one line.
 */
function Dotted(props: { parts: React.ReactNode[] }): React.ReactElement {
  return (
    <>
      {props.parts.map((part, i) => (
        <React.Fragment key={i}>
          {i > 0 && ' · '}
          <span>{part}</span>
        </React.Fragment>
      ))}
    </>
  );
}

/**
 * Why a job waits or failed, and what to do about it.
 */
export function Why(props: { job: Job }): React.ReactElement | null {
  const { job } = props;
  if (job.state === 'queued') {
    const reason = job.reason || job.progress?.detail;
    return (
      <div className="jp-sw-Job-detail">
        {[reason, job.hint].filter(Boolean).join(' ')}
      </div>
    );
  }
  if (job.state !== 'failed') {
    return null;
  }
  return (
    <div className="jp-sw-Job-why">
      {job.reason} {job.hint && <span className="jp-sw-Hint">{job.hint}</span>}
    </div>
  );
}

/**
 * When a job ended, how long it ran and who had asked for it.
 */
function Past(props: { job: Job }): React.ReactElement {
  const { trans, clock } = useView();
  const { job } = props;
  const { ended_at, running_at, ran_before, reason, state, owner } = job;
  const last =
    ended_at !== null && running_at !== null ? ended_at - running_at : 0;
  const ran = ran_before + last;
  const facts = [
    ended_at !== null && formatTime(ended_at, clock.now()),
    ended_at !== null &&
      (running_at !== null || ran > 0) &&
      trans.__('ran %1', formatDuration(ran, trans)),
    projectWord(job),
    owner.notebook && <NotebookLink notebook={owner.notebook} />
  ].filter(Boolean);
  return (
    <div
      className="jp-sw-Job-facts"
      title={state === 'failed' ? undefined : reason}
    >
      <Dotted parts={facts} />
    </div>
  );
}
