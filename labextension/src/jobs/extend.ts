import type { Job, JobPatch } from '../schema';

/** What the "+15 min" button adds, in seconds. */
export const EXTENSION = 15 * 60;

/** The server takes no longer duration than this, in seconds. */
const LONGEST = 366 * 86400;

type Released = Pick<
  Job,
  | 'running_at'
  | 'ran_before'
  | 'idle_since'
  | 'release_after'
  | 'release_idle'
  | 'release_at'
>;

/**
 * The patch that moves a job's release by `seconds`; null when nothing would release it.
 *
 * A running job is released at the earlier of `running_at - ran_before + release_after` and
 * `idle_since + release_idle`. Each of the two that would come before the new time is raised to
 * it; the other is left alone.
 */
export function extension(job: Released, seconds: number): JobPatch | null {
  if (job.release_at === null) {
    return null;
  }
  const target = job.release_at + seconds;
  const patch: JobPatch = {};
  // As if it had never been paused.
  const began =
    job.running_at === null ? null : job.running_at - job.ran_before;
  const after = raised(began, job.release_after, target);
  if (after !== null) {
    patch.release_after = after;
  }
  const idle = raised(job.idle_since, job.release_idle, target);
  if (idle !== null) {
    patch.release_idle = idle;
  }
  return Object.keys(patch).length > 0 ? patch : null;
}

/**
 * The duration from `start` to `target` where the present one ends earlier, else null.
 */
function raised(
  start: number | null,
  duration: number | null,
  target: number
): number | null {
  if (start === null || !duration || start + duration >= target) {
    return null;
  }
  // Whole milliseconds, so that the sum of floats shows no dust.
  return Math.min(Math.round((target - start) * 1000) / 1000, LONGEST);
}
