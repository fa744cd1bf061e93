import React from 'react';

import { useView } from '../context';
import { formatBytes, formatDuration, formatTime } from '../format';
import { useBeat } from '../hooks';
import type { Job } from '../schema';
import { StateChip } from './chip';
import { Countdown } from './countdown';
import { ExtendButton } from './extendbutton';
import { JobProgress } from './progress';
import { hasEnded, isPausing, memoryOf } from './state';
import { placeOf, versionWord } from './words';

/** A pause shorter than this, in seconds, is not worth a word. */
const IDLE_WORTH_TELLING = 60;

/**
 * Whether a job has no worker yet: nothing to talk to, no log to read.
 */
function waits(job: Job): boolean {
  return job.state === 'fetching' || job.state === 'queued';
}

/**
 * One job with what can be done with it in its state.
 */
export const JobCard = React.memo(function JobCard(props: {
  job: Job;
}): React.ReactElement {
  const { job } = props;
  const ended = hasEnded(job);
  return (
    <li
      className="jp-sw-Job"
      data-job={job.id}
      data-state={job.state}
      aria-label={job.name}
    >
      <div className="jp-sw-Job-top">
        <div className="jp-sw-Job-main">
          <div className="jp-sw-Job-head">
            <span className="jp-sw-Job-name" title={job.model}>
              {job.name}
            </span>
            <StateChip job={job} />
          </div>
          {ended ? <Past job={job} /> : <Facts job={job} />}
        </div>
        <Countdown job={job} />
        {waits(job) && <CancelButton job={job} />}
      </div>
      <JobProgress job={job} />
      <Why job={job} />
      {ended && <EndedActions job={job} />}
      {!ended && !waits(job) && <LiveActions job={job} />}
    </li>
  );
});

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
    job.owner.notebook?.split('/').pop() ?? ''
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
      {facts.map((fact, i) => (
        <React.Fragment key={i}>
          {i > 0 && ' · '}
          <span>{fact}</span>
        </React.Fragment>
      ))}
    </div>
  );
}

/**
 * Why a job waits or failed, and what to do about it.
 */
function Why(props: { job: Job }): React.ReactElement | null {
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
  const { ended_at, running_at, ran_before, reason, state, owner } = props.job;
  const last =
    ended_at !== null && running_at !== null ? ended_at - running_at : 0;
  const ran = ran_before + last;
  const facts = [
    ended_at !== null && formatTime(ended_at, clock.now()),
    ended_at !== null &&
      (running_at !== null || ran > 0) &&
      trans.__('ran %1', formatDuration(ran, trans)),
    owner.notebook?.split('/').pop()
  ].filter(Boolean);
  return (
    <div
      className="jp-sw-Job-facts"
      title={state === 'failed' ? undefined : reason}
    >
      {facts.join(' · ')}
    </div>
  );
}

function LiveActions(props: { job: Job }): React.ReactElement {
  const { trans, actions } = useView();
  const { job } = props;
  const running = job.state === 'running' && !isPausing(job);
  return (
    <div
      className="jp-sw-Actions"
      role="group"
      aria-label={trans.__('Actions for %1', job.name)}
    >
      {running && job.handler === 'chatbot' && (
        <button className="jp-sw-Button" onClick={() => actions.chat(job)}>
          {trans.__('Chat')}
        </button>
      )}
      {job.state === 'paused' && (
        <button
          className="jp-sw-Button"
          title={trans.__('Queue it again with its chats and settings')}
          onClick={() => actions.resume(job)}
        >
          {trans.__('Resume')}
        </button>
      )}
      {running && <ExtendButton job={job} />}
      <button className="jp-sw-Button" onClick={() => actions.logs(job)}>
        {trans.__('Logs')}
      </button>
      {running && <PauseButton job={job} />}
      {job.state !== 'cancelling' && <CancelButton job={job} />}
    </div>
  );
}

function PauseButton(props: { job: Job }): React.ReactElement {
  const { trans, actions } = useView();
  const { job } = props;
  return (
    <button
      className="jp-sw-IconButton jp-sw-Pause"
      title={trans.__('Pause %1: its memory is given back', job.name)}
      aria-label={trans.__('Pause')}
      onClick={() => actions.pause(job)}
    >
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d="M5.8 4v8M10.2 4v8" />
      </svg>
    </button>
  );
}

function CancelButton(props: { job: Job }): React.ReactElement {
  const { trans, actions } = useView();
  const { job } = props;
  return (
    <button
      className="jp-sw-IconButton jp-sw-Cancel"
      title={trans.__('Cancel %1…', job.name)}
      aria-label={trans.__('Cancel')}
      onClick={() => actions.cancel(job)}
    >
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d="m4.5 4.5 7 7M11.5 4.5l-7 7" />
      </svg>
    </button>
  );
}

function EndedActions(props: { job: Job }): React.ReactElement {
  const { trans, actions } = useView();
  const { job } = props;
  return (
    <div
      className="jp-sw-Actions jp-mod-ended"
      role="group"
      aria-label={trans.__('Actions for %1', job.name)}
    >
      {job.running_at !== null && job.handler === 'chatbot' && (
        <button
          className="jp-sw-Button jp-mod-quiet"
          title={trans.__('Read what was said')}
          onClick={() => actions.chat(job)}
        >
          {trans.__('Chat')}
        </button>
      )}
      <button
        className="jp-sw-Button jp-mod-quiet"
        onClick={() => actions.logs(job)}
      >
        {trans.__('Logs')}
      </button>
      <button
        className="jp-sw-Button jp-mod-quiet"
        title={trans.__('Run it once more with every setting')}
        onClick={() => actions.rerun(job)}
      >
        {trans.__('Run again')}
      </button>
      <button
        className="jp-sw-IconButton jp-sw-Delete"
        title={trans.__('Delete %1', job.name)}
        aria-label={trans.__('Delete')}
        onClick={() => actions.remove(job)}
      >
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M3.5 5h9M6.5 5V3.5h3V5M5 5l.6 8h4.8L11 5" />
        </svg>
      </button>
    </div>
  );
}
