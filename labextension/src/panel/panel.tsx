import React, { useEffect, useRef, useState } from 'react';

import { useView } from '../context';
import { DeviceBars } from '../devices/bars';
import type { DevicesModel } from '../devices/model';
import { useChanges } from '../hooks';
import type { IJobChange, JobsModel } from '../jobs/model';
import { stateWord } from '../jobs/words';
import { LaunchForm } from '../launch/form';
import type { LaunchModel } from '../launch/model';
import { JobList } from './joblist';
import { Empty, Lost, Missing, Trouble, Waiting } from './states';

/**
 * The sidebar: what there is to run on, what runs, what ran.
 */
export function Panel(props: {
  jobs: JobsModel;
  devices: DevicesModel;
  launch: LaunchModel;
  onRefresh: () => void;
}): React.ReactElement {
  const { jobs, devices, launch, onRefresh } = props;
  const { trans } = useView();
  useChanges(jobs);
  useChanges(launch);
  const run = useRef<HTMLButtonElement>(null);
  const wasOpen = useRef(launch.isOpen);
  useEffect(() => {
    // The form took the focus with it.
    if (wasOpen.current && document.activeElement === document.body) {
      run.current?.focus();
    }
    wasOpen.current = launch.isOpen;
  }, [launch.isOpen]);
  return (
    <div className="jp-sw-Panel">
      <header className="jp-sw-Panel-header">
        <h2>{trans.__('Models')}</h2>
        {jobs.isReady && !launch.isOpen && (
          <button
            ref={run}
            className="jp-sw-Button jp-mod-primary"
            title={trans.__('Choose a model and run it')}
            onClick={() => launch.open()}
          >
            {trans.__('Run…')}
          </button>
        )}
        <button
          className="jp-sw-IconButton"
          onClick={onRefresh}
          title={trans.__('Read everything again')}
          aria-label={trans.__('Refresh')}
        >
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="M13.2 6.5A5.5 5.5 0 1 0 13.5 9M13.5 3v3.7H9.8" />
          </svg>
        </button>
      </header>
      <Body
        jobs={jobs}
        devices={devices}
        launch={launch}
        onRefresh={onRefresh}
      />
      <Announcer jobs={jobs} />
    </div>
  );
}

function Body(props: {
  jobs: JobsModel;
  devices: DevicesModel;
  launch: LaunchModel;
  onRefresh: () => void;
}): React.ReactElement {
  const { jobs, devices, launch, onRefresh } = props;
  const { error, isReady, live, ended, status } = jobs;
  if (error?.extensionMissing) {
    return <Missing onRetry={onRefresh} />;
  }
  if (!isReady) {
    return error ? <Trouble error={error} onRetry={onRefresh} /> : <Waiting />;
  }
  return (
    <div className="jp-sw-Panel-body">
      {error && <Lost error={error} onRetry={onRefresh} />}
      <DevicesOf devices={devices} />
      {launch.isOpen && status ? (
        <LaunchForm launch={launch} status={status} />
      ) : (
        <>
          {live.length === 0 && (
            <Empty
              model={status?.default_model ?? ''}
              onRun={() => launch.open()}
            />
          )}
          <JobList live={live} ended={ended} />
        </>
      )}
    </div>
  );
}

function DevicesOf(props: {
  devices: DevicesModel;
}): React.ReactElement | null {
  const { devices } = props;
  useChanges(devices);
  return devices.devices === null ? null : (
    <DeviceBars
      devices={devices.devices.devices}
      note={devices.devices.note}
      colourOf={job => devices.colourOf(job)}
    />
  );
}

/**
 * Says changes of state to those who listen instead of looking.
 */
function Announcer(props: { jobs: JobsModel }): React.ReactElement {
  const { jobs } = props;
  const { trans } = useView();
  const [text, setText] = useState('');
  useEffect(() => {
    const say = (_: unknown, { job, previous }: IJobChange): void => {
      if (job.state !== previous?.state) {
        setText(trans.__('%1 is %2', job.name, stateWord(job.state, trans)));
      }
    };
    jobs.jobChanged.connect(say);
    return () => {
      jobs.jobChanged.disconnect(say);
    };
  }, [jobs, trans]);
  return (
    <div className="jp-sw-Hidden" role="status" aria-live="polite">
      {text}
    </div>
  );
}
