import type { Job } from '../schema';

/**
 * Which jobs a person wants to see.
 */
export interface IJobFilter {
  /** Words that a job must have, each somewhere. */
  text: string;

  /** Its project; empty for any. */
  project: string;

  /** Its state; empty for any. */
  state: '' | Job['state'];
}

/** A job's states in the order in which it may come to them. */
const STATES: Job['state'][] = [
  'fetching',
  'queued',
  'loading',
  'running',
  'paused',
  'cancelling',
  'succeeded',
  'cancelled',
  'released',
  'failed'
];

/** Every job. */
export const EVERY_JOB: IJobFilter = {
  text: '',
  project: '',
  state: ''
};

/**
 * Whether a filter leaves jobs out.
 */
export function filters(filter: IJobFilter): boolean {
  const { text, project, state } = filter;
  return text.trim() !== '' || project !== '' || state !== '';
}

/**
 * Whether a job is one that a person wants to see.
 */
export function fits(job: Job, filter: IJobFilter): boolean {
  if (
    (filter.project !== '' && job.project !== filter.project) ||
    (filter.state !== '' && job.state !== filter.state)
  ) {
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
 * The states that jobs are in, and the one that is chosen though no job is in it any more.
 */
export function statesOf(jobs: Job[], chosen = ''): Job['state'][] {
  return STATES.filter(
    state => state === chosen || jobs.some(job => job.state === state)
  );
}

/**
 * The projects that jobs are in, by name.
 */
export function projectsOf(jobs: Job[]): string[] {
  return [...new Set(jobs.map(job => job.project))].sort();
}
