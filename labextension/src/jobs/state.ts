import type { Job } from '../schema';

const ENDED = new Set<Job['state']>([
  'succeeded',
  'cancelled',
  'released',
  'failed'
]);

/**
 * Whether nothing more will happen to a job.
 */
export function hasEnded(job: Job): boolean {
  return ENDED.has(job.state);
}

/**
 * Whether a job can be cancelled: it lives, and is not ending already.
 */
export function canCancel(job: Job): boolean {
  return !hasEnded(job) && job.state !== 'cancelling';
}

/**
 * The same jobs, those that a person pinned before the others.
 */
export function pinnedFirst(jobs: Job[]): Job[] {
  return [
    ...jobs.filter(({ pinned }) => pinned),
    ...jobs.filter(({ pinned }) => !pinned)
  ];
}

/** A job's states on its way to running, backwards. */
const WAY: Job['state'][] = ['running', 'cancelling', 'loading', 'fetching'];

/**
 * How far a live job is from running: 0 for one that runs, most for one that rests.
 */
export function distance(job: Job): number {
  if (job.state === 'paused') {
    return WAY.length + 1;
  }
  const place = WAY.indexOf(job.state);
  return place < 0 ? WAY.length : place;
}

/**
 * Whether a running job is giving its memory back to be paused.
 */
export function isPausing(job: Job): boolean {
  return job.state === 'running' && job.progress?.stage === 'pause';
}

/**
 * Whether a job holds memory on a device now.
 */
export function holdsMemory(job: Job): boolean {
  return (
    job.state === 'loading' ||
    job.state === 'running' ||
    job.state === 'cancelling'
  );
}

/**
 * Bytes a job holds: what its worker measured, else what it was granted.
 */
export function memoryOf(job: Job): number | null {
  if (!holdsMemory(job)) {
    return null;
  }
  const granted = job.grant.reduce((sum, grant) => sum + grant.bytes, 0);
  return job.metrics.memory ?? (granted || null);
}

/**
 * Seconds until a job is released; null when nothing will release it by itself.
 */
export function secondsLeft(job: Job, now: number): number | null {
  return job.state === 'running' && job.release_at !== null
    ? job.release_at - now
    : null;
}

/**
 * Which of the live jobs is released next, and when.
 */
export function nextRelease(jobs: Job[]): Job | null {
  let next: Job | null = null;
  for (const job of jobs) {
    if (job.state !== 'running' || job.release_at === null) {
      continue;
    }
    if (next === null || job.release_at < (next.release_at ?? Infinity)) {
      next = job;
    }
  }
  return next;
}

/**
 * Whether a job's model is behind the server, for everybody; not in somebody's kernel.
 */
export function isServed(job: Job): boolean {
  return job.kind === 'served';
}

/**
 * Whether a message can be sent to a job's model now.
 */
export function canChat(job: Job): boolean {
  return job.state === 'running' && isServed(job) && job.handler === 'chatbot';
}
