import { describe, expect, it } from 'vitest';

import { extension } from '../jobs/extend';
import type { JobPatch } from '../schema';
import { makeJob } from './fake';

const T = 1_800_000_000;

/** The rule of the server: the earlier of the two clocks. */
function releaseAt(
  job: ReturnType<typeof makeJob>,
  patch: JobPatch | null
): number {
  const { running_at, idle_since } = job;
  const after = patch?.release_after ?? job.release_after;
  const idle = patch?.release_idle ?? job.release_idle;
  const ends = [Infinity];
  if (after && running_at !== null) {
    ends.push(running_at - job.ran_before + after);
  }
  if (idle && idle_since !== null) {
    ends.push(idle_since + idle);
  }
  return Math.min(...ends);
}

describe('extension', () => {
  it('raises release_after when it limits', () => {
    const job = makeJob({
      running_at: T,
      release_after: 1800,
      release_at: T + 1800
    });
    expect(extension(job, 900)).toEqual({ release_after: 2700 });
  });

  it('counts what ran before a pause', () => {
    const job = makeJob({
      running_at: T,
      ran_before: 300,
      release_after: 1800,
      release_at: T + 1500
    });
    const patch = extension(job, 900);
    expect(patch).toEqual({ release_after: 2700 });
    expect(releaseAt(job, patch)).toBe(T + 2400);
  });

  it('raises release_idle when it limits', () => {
    const job = makeJob({
      running_at: T,
      release_after: null,
      release_idle: 600,
      idle_since: T + 100,
      release_at: T + 700
    });
    expect(extension(job, 900)).toEqual({ release_idle: 1500 });
  });

  it('leaves the clock alone that comes later anyway', () => {
    const job = makeJob({
      running_at: T,
      release_after: 86400,
      release_idle: 600,
      idle_since: T + 100,
      release_at: T + 700
    });
    expect(extension(job, 900)).toEqual({ release_idle: 1500 });
  });

  it('raises both when the other would come next', () => {
    const job = makeJob({
      running_at: T,
      release_after: 1000,
      release_idle: 600,
      idle_since: T + 100,
      release_at: T + 700
    });
    expect(extension(job, 900)).toEqual({
      release_after: 1600,
      release_idle: 1500
    });
  });

  it('does not touch the idle clock of a busy job', () => {
    const job = makeJob({
      running_at: T,
      release_after: 1800,
      release_idle: 60,
      idle_since: null,
      release_at: T + 1800
    });
    expect(extension(job, 900)).toEqual({ release_after: 2700 });
  });

  it('has nothing to do for a job that is never released', () => {
    const job = makeJob({ release_after: null, release_at: null });
    expect(extension(job, 900)).toBeNull();
  });

  it('moves the release by what was asked, whatever the clocks', () => {
    for (const after of [null, 700, 1000, 5000]) {
      for (const idle of [null, 300, 650, 4000]) {
        for (const since of [null, T + 10.123]) {
          const job = makeJob({
            running_at: T + 0.456,
            release_after: after,
            release_idle: idle,
            idle_since: since
          });
          const before = releaseAt(job, null);
          if (before === Infinity) {
            continue;
          }
          job.release_at = before;
          const patch = extension(job, 900);
          expect(releaseAt(job, patch) - before).toBeCloseTo(900, 2);
        }
      }
    }
  });
});
