import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';

import { spare, spareLabel, spareTitle } from '../jobs/extend';
import { makeJob, NOW } from './fake';

const trans = nullTranslator.load('');

describe('spare', () => {
  // It has run for 10 of 30 minutes.
  const job = makeJob();

  it('is 15 minutes where the server has no limit, or a distant one', () => {
    expect(spare(job, null)).toBe(900);
    expect(spare(job, 86400)).toBe(900);
  });

  it('ends at the limit', () => {
    expect(spare(job, 1800 + 420)).toBe(420);
    expect(spare(job, 1800)).toBe(0);
    expect(spare(job, 600)).toBe(0);
  });

  it('counts what ran before a pause', () => {
    const paused = makeJob({ ran_before: 300, release_at: NOW + 900 });
    expect(spare(paused, 1800 + 420)).toBe(420);
  });

  it('is nothing for a job that nothing will release', () => {
    expect(spare(makeJob({ release_at: null }), null)).toBe(0);
    expect(spare(makeJob({ state: 'paused' }), null)).toBe(0);
  });
});

describe('the words of the button', () => {
  it('say by how much, and why not by more', () => {
    expect(spareLabel(900, trans)).toBe('+15 min');
    expect(spareTitle(900, null, trans)).toBe('Release it 15 min later');
    expect(spareLabel(420, trans)).toBe('+7 min');
    expect(spareTitle(420, 7200, trans)).toContain(
      'no job runs longer than 2 h'
    );
    expect(spareLabel(0, trans)).toBe('+15 min');
    expect(spareTitle(0, 7200, trans)).toContain('no job run longer than 2 h');
  });
});
