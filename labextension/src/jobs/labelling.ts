import { InputDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { Api } from '../api';
import { CommandIDs } from '../tokens';
import type { JobsModel } from './model';
import type { AddVerb } from './verbs';

/**
 * Add the commands that name a job, comment on it and put it into a project.
 */
export function addLabelling(options: {
  api: Api;
  jobs: JobsModel;
  trans: TranslationBundle;
  verb: AddVerb;
}): void {
  const { api, jobs, trans, verb } = options;
  const all = (): JobsModel['live'] => [...jobs.live, ...jobs.ended];

  verb({
    command: CommandIDs.renameJob,
    label: trans.__('Rename a Job…'),
    short: trans.__('Rename…'),
    title: trans.__('Rename which job?'),
    among: all,
    work: async job => {
      const { button, value } = await InputDialog.getText({
        title: trans.__('Rename %1', job.name),
        label: trans.__('Name'),
        text: job.name,
        okLabel: trans.__('Rename')
      });
      const name = value?.trim();
      if (button.accept && name && name !== job.name) {
        jobs.update(await api.patchJob(job.id, { name }));
      }
    }
  });
  verb({
    command: CommandIDs.commentJob,
    label: trans.__('Comment on a Job…'),
    short: trans.__('Comment…'),
    title: trans.__('Comment on which job?'),
    among: all,
    work: async job => {
      const { button, value } = await InputDialog.getText({
        title: trans.__('Comment on %1', job.name),
        label: trans.__('Comment; empty removes it'),
        text: job.comment,
        okLabel: trans.__('Save')
      });
      const comment = value?.trim() ?? '';
      if (button.accept && comment !== job.comment) {
        jobs.update(await api.patchJob(job.id, { comment }));
      }
    }
  });
  verb({
    command: CommandIDs.moveJob,
    label: trans.__('Move a Job to a Project…'),
    short: trans.__('Move to Project…'),
    title: trans.__('Move which job?'),
    among: all,
    work: async job => {
      const { projects } = await api.projects();
      const { button, value } = await InputDialog.getItem({
        title: trans.__('Move %1 to a project', job.name),
        label: trans.__('Project; a new name makes a new one'),
        items: projects.map(({ name }) => name),
        current: job.project,
        editable: true,
        okLabel: trans.__('Move')
      });
      const project = value?.trim();
      if (button.accept && project && project !== job.project) {
        jobs.update(await api.patchJob(job.id, { project }));
      }
    }
  });
}
