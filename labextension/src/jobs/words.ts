import type { TranslationBundle } from '@jupyterlab/translation';

import type { Grant, Job } from '../schema';

/**
 * A job's state as people read it.
 */
export function stateWord(
  state: Job['state'],
  trans: TranslationBundle
): string {
  switch (state) {
    case 'fetching':
      return trans.__('fetching');
    case 'queued':
      return trans.__('queued');
    case 'loading':
      return trans.__('loading');
    case 'running':
      return trans.__('running');
    case 'paused':
      return trans.__('paused');
    case 'cancelling':
      return trans.__('stopping');
    case 'succeeded':
      return trans.__('succeeded');
    case 'cancelled':
      return trans.__('cancelled');
    case 'released':
      return trans.__('released');
    case 'failed':
      return trans.__('failed');
  }
}

/**
 * The device of a grant: a simulated one is never named without saying so.
 */
export function placeOf(grant: Grant, trans: TranslationBundle): string {
  return grant.simulated
    ? trans.__('%1 (simulated)', grant.device)
    : grant.device;
}

/**
 * A version as shown: its first eight characters and its tags.
 */
export function versionWord(job: Pick<Job, 'version' | 'tags'>): string {
  const tags = job.tags.length > 0 ? `(${job.tags.join(', ')})` : '';
  return [job.version?.slice(0, 8), tags].filter(Boolean).join(' ');
}

/**
 * A job's project, where it is worth a word: not everybody has projects.
 */
export function projectWord(job: Job): string {
  return job.project === 'default' ? '' : job.project;
}

/**
 * What cancelling a job loses and what it keeps.
 */
export function cancelWarning(job: Job, trans: TranslationBundle): string {
  switch (job.state) {
    case 'fetching':
      return trans.__(
        'The download stops. What has arrived stays on disk, so running the model again goes on from there.'
      );
    case 'queued':
      return trans.__(
        'It loses its place in the queue. Nothing has been loaded yet.'
      );
    case 'paused':
      return trans.__(
        'It cannot be resumed any more. Conversations, logs and the downloaded files are kept.'
      );
    case 'loading':
      return trans.__(
        'Loading stops and its memory is given back. The downloaded files and the logs are kept.'
      );
    default:
      return trans.__(
        'The model leaves memory, and an answer that is being written stops where it is. Conversations, logs and the downloaded files are kept.'
      );
  }
}
