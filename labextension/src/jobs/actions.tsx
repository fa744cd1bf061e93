import React from 'react';

import { useView } from '../context';
import type { Job } from '../schema';
import { ExtendButton } from './extendbutton';
import { isPausing, isServed } from './state';

/**
 * What can be done with a job that has a worker, or had one and is paused.
 */
export function LiveActions(props: { job: Job }): React.ReactElement {
  const { trans, actions } = useView();
  const { job } = props;
  const running = job.state === 'running' && !isPausing(job);
  return (
    <div
      className="jp-sw-Actions"
      role="group"
      aria-label={trans.__('Actions for %1', job.name)}
    >
      {running && isServed(job) && job.handler === 'chatbot' && (
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
      <span className="jp-sw-Actions-icons">
        {running && isServed(job) && <PauseButton job={job} />}
        {job.state !== 'cancelling' && <CancelButton job={job} />}
        <MoreButton job={job} />
      </span>
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

/**
 * Ends a job, after a question.
 */
export function CancelButton(props: { job: Job }): React.ReactElement {
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

/**
 * What can be done with a job that has ended.
 */
export function EndedActions(props: { job: Job }): React.ReactElement {
  const { trans, actions } = useView();
  const { job } = props;
  return (
    <div
      className="jp-sw-Actions jp-mod-ended"
      role="group"
      aria-label={trans.__('Actions for %1', job.name)}
    >
      {(job.running_at !== null || job.ran_before > 0) &&
        isServed(job) &&
        job.handler === 'chatbot' && (
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
      {isServed(job) && (
        <button
          className="jp-sw-Button jp-mod-quiet"
          title={trans.__('Run it once more with every setting')}
          onClick={() => actions.rerun(job)}
        >
          {trans.__('Run again')}
        </button>
      )}
      <span className="jp-sw-Actions-icons">
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
        <MoreButton job={job} />
      </span>
    </div>
  );
}

/**
 * Opens the menu of what one does to a job now and then.
 */
export function MoreButton(props: { job: Job }): React.ReactElement {
  const { trans, actions } = useView();
  const { job } = props;
  return (
    <button
      className="jp-sw-IconButton jp-sw-More"
      title={trans.__('Pin, rename, comment, move')}
      aria-label={trans.__('More')}
      aria-haspopup="menu"
      onClick={event => actions.more(job, event.currentTarget)}
    >
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d="M8 3.5v.01M8 8v.01M8 12.5v.01" strokeWidth="2.2" />
      </svg>
    </button>
  );
}
