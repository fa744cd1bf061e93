import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import type { IJobChange, JobsModel } from '../jobs/model';
import { loadSettings } from '../settings';
import { CommandIDs, DOMAIN, ISwJobs } from '../tokens';
import { ReleaseWarnings } from './warnings';

const ID = 'jupyter-sw:notifications';

/**
 * Tells when a job runs, fails, is about to be released or was released.
 */
export const notificationsPlugin: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: 'Tells when a job runs, fails or is released.',
  autoStart: true,
  requires: [ISwJobs],
  optional: [ISettingRegistry, ITranslator],
  activate: async (
    app: JupyterFrontEnd,
    jobs: ISwJobs,
    settingRegistry: ISettingRegistry | null,
    translator: ITranslator | null
  ): Promise<void> => {
    const trans = (translator ?? nullTranslator).load(DOMAIN);
    const settings = await loadSettings(settingRegistry, ID, trans);
    const act = (
      label: string,
      command: string,
      job: string
    ): Notification.IAction => ({
      label,
      callback: () => void app.commands.execute(command, { job })
    });

    const warnings = new ReleaseWarnings({
      jobs,
      trans,
      notices: Notification,
      onExtend: job =>
        void app.commands.execute(CommandIDs.extendJob, { job: job.id })
    });

    const tell = (_: JobsModel, change: IJobChange): void => {
      if (settings?.composite.enabled === false) {
        return;
      }
      const { job, previous, event } = change;
      if (event?.kind === 'extension') {
        warnings.dismiss(job.id);
      }
      warnings.check(job);
      // What is first heard of a job after a reload is no news of it.
      const entered = (state: string): boolean =>
        previous !== undefined &&
        job.state === state &&
        previous.state !== state;
      if (entered('running')) {
        Notification.success(trans.__('%1 is running.', job.name), {
          autoClose: 4000,
          actions:
            job.handler === 'chatbot'
              ? [act(trans.__('Chat'), CommandIDs.openChat, job.id)]
              : []
        });
      } else if (entered('failed')) {
        Notification.error(
          [trans.__('%1 failed.', job.name), job.reason]
            .filter(Boolean)
            .join(' '),
          {
            autoClose: false,
            actions: [act(trans.__('Logs'), CommandIDs.openLogs, job.id)]
          }
        );
      } else if (entered('released')) {
        Notification.info(
          [trans.__('%1 was released.', job.name), job.reason]
            .filter(Boolean)
            .join(' '),
          { autoClose: 8000 }
        );
      } else if (event?.kind === 'warning' && event.cause.endsWith('clock')) {
        warnings.show(job, event);
      } else if (event?.kind === 'warning') {
        Notification.warning(`${job.name}: ${event.message}`, {
          autoClose: 15_000,
          actions: [act(trans.__('Logs'), CommandIDs.openLogs, job.id)]
        });
      }
    };
    jobs.jobChanged.connect(tell);
  }
};
