import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import type { IJobChange, JobsModel } from '../jobs/model';
import { CommandIDs, DOMAIN, ISwJobs } from '../tokens';

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
    const settings = await settingRegistry?.load(ID).catch(() => null);
    const act = (
      label: string,
      command: string,
      job: string
    ): Notification.IAction => ({
      label,
      callback: () => void app.commands.execute(command, { job })
    });

    // One warning a job: the later takes the earlier's place, and an end takes it away.
    const warnings = new Map<string, string>();
    const dismiss = (job: string): void => {
      const shown = warnings.get(job);
      if (shown !== undefined) {
        Notification.dismiss(shown);
        warnings.delete(job);
      }
    };

    const tell = (_: JobsModel, change: IJobChange): void => {
      if (settings?.composite.enabled === false) {
        return;
      }
      const { job, previous, event } = change;
      if (job.state !== 'running' || event?.kind === 'extension') {
        dismiss(job.id);
      }
      const entered = (state: string): boolean =>
        job.state === state && previous?.state !== state;
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
      } else if (event?.kind === 'warning') {
        dismiss(job.id);
        const release = event.cause.endsWith('clock');
        const id = Notification.warning(`${job.name}: ${event.message}`, {
          autoClose: release ? false : 15_000,
          actions: release
            ? [act(trans.__('+15 min'), CommandIDs.extendJob, job.id)]
            : [act(trans.__('Logs'), CommandIDs.openLogs, job.id)]
        });
        if (release) {
          warnings.set(job.id, id);
        }
      }
    };
    jobs.jobChanged.connect(tell);
  }
};
