import type { Job, JobPatch } from '../schema';

/**
 * Those of the fields that differ from the job's; an emptied name or project is no change.
 */
export function changesOf(job: Job, fields: IFields): JobPatch | null {
  const patch: JobPatch = {};
  const { name, project, comment } = fields;
  if (name && name !== job.name) {
    patch.name = name;
  }
  if (project && project !== job.project) {
    patch.project = project;
  }
  if (comment !== job.comment) {
    patch.comment = comment;
  }
  return Object.keys(patch).length > 0 ? patch : null;
}

/**
 * What can be edited.
 */
export interface IFields {
  name: string;
  project: string;
  comment: string;
}
