import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IRunningSessionManagers } from '@jupyterlab/running';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { modelsIcon } from '../icon';
import { telling } from '../jobs/verbs';
import { DOMAIN, ISwApi, ISwJobs } from '../tokens';
import { RunningJobs } from './manager';

/**
 * Live jobs beside the kernels and terminals that run.
 */
export const runningPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-sw:running',
  description: 'Lists live jobs among what runs.',
  autoStart: true,
  requires: [ISwApi, ISwJobs],
  optional: [IRunningSessionManagers, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    api: ISwApi,
    jobs: ISwJobs,
    managers: IRunningSessionManagers | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    managers?.add(
      new RunningJobs({
        jobs,
        commands: app.commands,
        trans,
        icon: modelsIcon,
        cancel: job =>
          void telling(trans, async () => {
            jobs.update(await api.cancelJob(job.id));
          })
      })
    );
  }
};
