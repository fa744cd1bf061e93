import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReadonlyJSONObject } from '@lumino/coreutils';

import type { Job } from '../schema';

/**
 * The arguments of all commands that act on several jobs, and those that one command has besides.
 */
export function jobsArgs(
  trans: TranslationBundle,
  more: ReadonlyJSONObject = {}
): ReadonlyJSONObject {
  return {
    type: 'object',
    required: ['jobs'],
    properties: {
      ...more,
      jobs: {
        type: 'array',
        items: { type: 'string' },
        description: trans.__('Ids of the jobs')
      }
    }
  };
}

/**
 * Those of some jobs that a command's argument names.
 */
export function namedJobs(jobs: Job[], ids: unknown): Job[] {
  return Array.isArray(ids) ? jobs.filter(({ id }) => ids.includes(id)) : [];
}
