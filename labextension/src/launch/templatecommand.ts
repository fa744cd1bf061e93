import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';

import type { JobsModel } from '../jobs/model';
import { jobArgs, pickJob } from '../jobs/pick';
import { isServed } from '../jobs/state';
import { LONGEST_NAME } from '../saved';
import type { Job } from '../schema';
import { CommandIDs } from '../tokens';
import { choicesOf } from './choices';
import type { LaunchModel } from './model';

/**
 * Add the command that keeps what a job was asked for as a template of the form.
 */
export function addSaveTemplate(options: {
  commands: CommandRegistry;
  jobs: JobsModel;
  launch: LaunchModel;
  trans: TranslationBundle;
}): void {
  const { commands, jobs, launch, trans } = options;
  const served = (): Job[] => [...jobs.live, ...jobs.ended].filter(isServed);
  commands.addCommand(CommandIDs.saveTemplate, {
    label: args =>
      args.job
        ? trans.__('Save as Template…')
        : trans.__('Save a Job as Template…'),
    describedBy: { args: jobArgs(trans) },
    isVisible: () => launch.templates?.canSave ?? false,
    isEnabled: () => served().length > 0,
    execute: async args => {
      const job = await pickJob({
        jobs,
        id: args.job,
        among: served(),
        title: trans.__('Save which job as template?'),
        trans
      });
      const { templates } = launch;
      if (!job || !templates) {
        return;
      }
      const { saveTemplate } = await import('./templatedialogs');
      const name = await saveTemplate({
        templates,
        // A name is of one job.
        choices: { ...choicesOf(job), name: '' },
        text: job.name.slice(0, LONGEST_NAME),
        trans
      });
      if (name !== null) {
        Notification.info(trans.__('The template %1 was saved.', name), {
          autoClose: 5000
        });
      }
    }
  });
}
