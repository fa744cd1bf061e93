import React, { useRef } from 'react';

import { useView } from '../context';
import { useChanges } from '../hooks';
import { EndedActions, LiveActions } from '../jobs/actions';
import { Pin, Why } from '../jobs/card';
import { StateChip } from '../jobs/chip';
import { TimeLeft, urgency } from '../jobs/countdown';
import { JobProgress } from '../jobs/progress';
import { hasEnded, secondsLeft } from '../jobs/state';
import { Lost, Missing, Trouble, Waiting } from '../panel/states';
import type { Job } from '../schema';
import { Chats } from './chats';
import { Connect } from './connect';
import { Events } from './events';
import type { JobPageModel } from './model';
import { Overview } from './overview';
import { SectionTabs } from './sectiontabs';
import { Gone } from './states';

/**
 * What a job is called, how it is, what can be done with it, and the tabs of its page.
 */
export function PageHead(props: {
  model: JobPageModel;

  /** The start of the ids of tabs and panels. */
  prefix: string;
}): React.ReactElement | null {
  const { model, prefix } = props;
  const { clock } = useView();
  useChanges(model);
  const { job } = model;
  if (!job) {
    return null;
  }
  const calm = urgency(secondsLeft(job, clock.now())) === 'calm';
  return (
    <header className="jp-sw-JobPage-head" data-job={job.id}>
      <div className="jp-sw-JobPage-title">
        <Pin job={job} />
        <h2 title={job.model}>{job.name}</h2>
        <StateChip job={job} />
        {calm && <TimeLeft job={job} />}
        <span className="jp-sw-Spring" />
        {hasEnded(job) ? <EndedActions job={job} /> : <LiveActions job={job} />}
      </div>
      {job.comment && <div className="jp-sw-Job-comment">{job.comment}</div>}
      <JobProgress job={job} />
      <Why job={job} />
      <SectionTabs
        prefix={prefix}
        chosen={model.section}
        onChoose={section => {
          model.section = section;
        }}
      />
    </header>
  );
}

/**
 * The chosen section, or why there is nothing to show. The log is none of its own: it is a widget.
 */
export function PageBody(props: {
  model: JobPageModel;
  onRefresh: () => void;
  onShowAll: () => void;
}): React.ReactElement {
  const { model } = props;
  const { visible } = useView();
  const seen = useRef<React.ReactElement | null>(null);
  useChanges(model);
  // Nobody sees what events change meanwhile.
  if (visible || seen.current === null) {
    seen.current = <Content {...props} />;
  }
  return seen.current;
}

function Content(props: {
  model: JobPageModel;
  onRefresh: () => void;
  onShowAll: () => void;
}): React.ReactElement {
  const { model, onRefresh, onShowAll } = props;
  const { jobs, job } = model;
  if (job) {
    return (
      <>
        {jobs.error && <Lost error={jobs.error} onRetry={onRefresh} />}
        <Section job={job} model={model} />
      </>
    );
  }
  if (jobs.error?.extensionMissing) {
    return <Missing onRetry={onRefresh} />;
  }
  if (!jobs.isReady) {
    return jobs.error ? (
      <Trouble error={jobs.error} onRetry={onRefresh} />
    ) : (
      <Waiting />
    );
  }
  return <Gone onShowAll={onShowAll} />;
}

function Section(props: {
  job: Job;
  model: JobPageModel;
}): React.ReactElement | null {
  const { job, model } = props;
  switch (model.section) {
    case 'overview':
      return <Overview job={job} model={model} />;
    case 'connect':
      return <Connect job={job} door={model.door} />;
    case 'events':
      return <Events model={model} />;
    case 'chats':
      return <Chats job={job} model={model} />;
    case 'log':
      return null;
  }
}
