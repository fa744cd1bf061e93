import React from 'react';

import { useView } from '../context';
import { DeviceBars } from '../devices/bars';
import type { DevicesModel } from '../devices/model';
import { formatBytes } from '../format';
import { useChanges } from '../hooks';
import { CancelButton } from '../jobs/actions';
import { StateChip } from '../jobs/chip';
import { TimeLeft, urgency } from '../jobs/countdown';
import { ExtendButton } from '../jobs/extendbutton';
import type { JobsModel } from '../jobs/model';
import { memoryOf, nextRelease, secondsLeft } from '../jobs/state';
import type { Job } from '../schema';

/**
 * What the menu does besides what can be done with a job.
 */
export interface IMenuActions {
  /** Show the sidebar. */
  show: () => void;

  /** Show the form that runs a model. */
  launch: () => void;
}

/**
 * The jobs and devices at a glance, as they are opened from the status bar.
 */
export function StatusMenu(props: {
  jobs: JobsModel;
  devices: DevicesModel;
  actions: IMenuActions;
}): React.ReactElement {
  const { jobs, devices, actions } = props;
  const { trans } = useView();
  useChanges(jobs);
  useChanges(devices);
  const { live } = jobs;
  const next = nextRelease(live);
  return (
    <div className="jp-sw-Menu">
      <header>
        <h2>{trans.__('Models')}</h2>
        {next && (
          <span className="jp-sw-Menu-next">
            {trans.__('Next: %1', next.name)} <TimeLeft job={next} />
          </span>
        )}
      </header>
      {devices.devices && (
        <DeviceBars
          devices={devices.devices.devices}
          note=""
          colourOf={job => devices.colourOf(job)}
        />
      )}
      <ul aria-label={trans.__('Live jobs')}>
        {live.map(job => (
          <MenuJob key={job.id} job={job} />
        ))}
      </ul>
      <footer>
        <button className="jp-sw-Button" onClick={actions.launch}>
          {trans.__('Run a model…')}
        </button>
        <button className="jp-sw-Button" onClick={actions.show}>
          {trans.__('Show Models')}
        </button>
      </footer>
    </div>
  );
}

function MenuJob(props: { job: Job }): React.ReactElement {
  const { trans, clock, actions } = useView();
  const { job } = props;
  const memory = memoryOf(job);
  return (
    <li data-job={job.id} data-state={job.state}>
      <div className="jp-sw-Menu-job">
        <button
          className="jp-sw-Job-name"
          title={trans.__('Show all about it')}
          onClick={() => actions.open(job)}
        >
          {job.name}
        </button>
        <StateChip job={job} />
        <span className="jp-sw-Menu-facts">
          {memory !== null && <span>{formatBytes(memory)}</span>}
          {urgency(secondsLeft(job, clock.now())) === 'calm' && (
            <TimeLeft job={job} />
          )}
        </span>
      </div>
      <ExtendButton job={job} />
      {job.state !== 'cancelling' && <CancelButton job={job} />}
    </li>
  );
}
