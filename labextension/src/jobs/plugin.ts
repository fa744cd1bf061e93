import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import {
  ITranslator,
  nullTranslator,
  type TranslationBundle
} from '@jupyterlab/translation';

import { Api } from '../api';
import { formatDuration, formatTime } from '../format';
import type { Job } from '../schema';
import { CommandIDs, DOMAIN, ISwApi, ISwJobs } from '../tokens';
import { addCancelling } from './cancelling';
import { addDeletion } from './deletion';
import { EXTENSION, spare } from './extend';
import { addLabelling } from './labelling';
import { JobsModel } from './model';
import { addOpenNotebook } from './notebookcommand';
import { jobArgs, pickJob } from './pick';
import { addPinning } from './pinning';
import { isServed } from './state';
import { telling, verbs } from './verbs';

/**
 * The client of the server half.
 */
export const apiPlugin: JupyterFrontEndPlugin<ISwApi> = {
  id: 'jupyter-sw:api',
  description: 'Provides the REST client of the jupyter_sw server extension.',
  autoStart: true,
  provides: ISwApi,
  activate: (app: JupyterFrontEnd): ISwApi =>
    new Api(app.serviceManager.serverSettings)
};

/**
 * The jobs, kept up to date by Jupyter's event bus.
 */
export const jobsPlugin: JupyterFrontEndPlugin<ISwJobs> = {
  id: 'jupyter-sw:jobs',
  description: 'Provides the jobs of this server.',
  autoStart: true,
  requires: [ISwApi],
  provides: ISwJobs,
  activate: (app: JupyterFrontEnd, api: ISwApi): ISwJobs => {
    const { events, connectionFailure } = app.serviceManager;
    const jobs = new JobsModel({
      api,
      events: events.stream,
      connectionFailure
    });
    void app.started.then(() => jobs.refresh());
    return jobs;
  }
};

/**
 * What can be done to a job from anywhere.
 */
export const jobCommandsPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-sw:job-commands',
  description: 'Adds the commands that change jobs.',
  autoStart: true,
  requires: [ISwApi, ISwJobs],
  optional: [ITranslator, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    api: ISwApi,
    jobs: ISwJobs,
    translator: ITranslator | null,
    palette: ICommandPalette | null
  ): void => {
    const { commands } = app;
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const releasable = (): Job[] =>
      jobs.live.filter(job => job.release_at !== null);

    commands.addCommand(CommandIDs.extendJob, {
      label: trans.__('Keep a Model 15 Minutes Longer'),
      describedBy: { args: jobArgs(trans) },
      isEnabled: () => releasable().length > 0,
      execute: async args => {
        const job = await pickJob({
          jobs,
          id: args.job,
          among: releasable(),
          title: trans.__('Keep which model 15 minutes longer?'),
          trans
        });
        if (!job) {
          return;
        }
        await telling(trans, async () => {
          const extended = await api.patchJob(job.id, { extend: EXTENSION });
          jobs.update(extended);
          announceExtension(extended, jobs, trans);
        });
      }
    });
    addCancelling({ commands, api, jobs, trans });
    const verb = verbs({ commands, jobs, trans });
    verb({
      command: CommandIDs.pauseJob,
      label: trans.__('Pause a Job'),
      title: trans.__('Pause which job?'),
      among: () =>
        jobs.live.filter(job => job.state === 'running' && isServed(job)),
      work: async job => jobs.update(await api.pauseJob(job.id))
    });
    verb({
      command: CommandIDs.resumeJob,
      label: trans.__('Resume a Paused Job'),
      title: trans.__('Resume which job?'),
      among: () => jobs.live.filter(job => job.state === 'paused'),
      work: async job => jobs.update(await api.resumeJob(job.id))
    });
    verb({
      command: CommandIDs.rerunJob,
      label: trans.__('Run a Job Again'),
      title: trans.__('Run which job again?'),
      among: () => jobs.ended.filter(isServed),
      work: async job => jobs.update(await api.rerunJob(job.id))
    });
    addDeletion({ commands, api, jobs, trans, verb });
    addLabelling({ api, jobs, trans, verb });
    addPinning({ commands, api, jobs, trans, verb });
    addOpenNotebook({ commands, contents: app.serviceManager.contents, trans });
    const category = trans.__('Models');
    for (const command of [
      CommandIDs.extendJob,
      CommandIDs.cancelJob,
      CommandIDs.pauseJob,
      CommandIDs.resumeJob,
      CommandIDs.rerunJob,
      CommandIDs.deleteJob,
      CommandIDs.deleteEnded,
      CommandIDs.renameJob,
      CommandIDs.commentJob,
      CommandIDs.moveJob,
      CommandIDs.pinJob
    ]) {
      palette?.addItem({ command, category });
    }
  }
};

function announceExtension(
  job: Job,
  jobs: JobsModel,
  trans: TranslationBundle
): void {
  if (job.release_at !== null) {
    const time = formatTime(job.release_at, jobs.clock.now());
    const limit = formatDuration(jobs.longest ?? 0, trans);
    Notification.info(
      spare(job, jobs.longest) > 0
        ? trans.__('%1 is now released at %2.', job.name, time)
        : trans.__(
            "%1 was extended to the server's limit of %2; it is released at %3.",
            job.name,
            limit,
            time
          ),
      { autoClose: 5000 }
    );
  }
}
