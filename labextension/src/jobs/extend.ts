import type { TranslationBundle } from '@jupyterlab/translation';

import { formatDuration } from '../format';
import type { Job } from '../schema';

/** What the "+15 min" button adds, in seconds. */
export const EXTENSION = 15 * 60;

/** Less than this, in seconds, is not worth a button. */
const LEAST = 5;

/**
 * Seconds by which a click may put a job's release off: `EXTENSION`, or what is left to the
 * server's limit on how long a job may run, `longest`; 0 when there is nothing to put off.
 */
export function spare(
  job: Pick<Job, 'state' | 'release_at' | 'running_at' | 'ran_before'>,
  longest: number | null
): number {
  const { state, release_at, running_at, ran_before } = job;
  if (state !== 'running' || release_at === null) {
    return 0;
  }
  if (longest === null || running_at === null) {
    return EXTENSION;
  }
  const left = running_at - ran_before + longest - release_at;
  return left < LEAST ? 0 : Math.min(left, EXTENSION);
}

/**
 * What a button that extends by `seconds` says.
 */
export function spareLabel(seconds: number, trans: TranslationBundle): string {
  return trans.__('+%1', formatDuration(seconds || EXTENSION, trans));
}

/**
 * What a button that extends by `seconds` does, and why not by more.
 */
export function spareTitle(
  seconds: number,
  longest: number | null,
  trans: TranslationBundle
): string {
  const limit = formatDuration(longest ?? 0, trans);
  if (seconds === 0) {
    return trans.__(
      'It cannot be put off: this server lets no job run longer than %1',
      limit
    );
  }
  const later = formatDuration(seconds, trans);
  return seconds < EXTENSION
    ? trans.__(
        'Release it %1 later, at the limit of this server: no job runs longer than %2',
        later,
        limit
      )
    : trans.__('Release it %1 later', later);
}
