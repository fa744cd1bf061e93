import type { Job } from '../schema';

/**
 * Which jobs a person wants to see.
 */
export interface IJobFilter {
  /** Words that a job must have, each somewhere. */
  text: string;

  /** Its project; empty for any. */
  project: string;
}

/** Every job. */
export const EVERY_JOB: IJobFilter = { text: '', project: '' };

/**
 * Whether a filter leaves jobs out.
 */
export function filters(filter: IJobFilter): boolean {
  return filter.text.trim() !== '' || filter.project !== '';
}

/**
 * Whether a job is one that a person wants to see.
 */
export function fits(job: Job, filter: IJobFilter): boolean {
  if (filter.project !== '' && job.project !== filter.project) {
    return false;
  }
  const { name, model, comment, project, state, owner } = job;
  const said = [name, model, comment, project, state, owner.notebook ?? '']
    .join('\n')
    .toLowerCase();
  return filter.text
    .toLowerCase()
    .split(/\s+/)
    .every(word => said.includes(word));
}

/**
 * The projects that jobs are in, by name.
 */
export function projectsOf(jobs: Job[]): string[] {
  return [...new Set(jobs.map(job => job.project))].sort();
}
