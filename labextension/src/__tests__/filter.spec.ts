import { describe, expect, it } from 'vitest';

import { EVERY_JOB, filters, fits, projectsOf, statesOf } from '../jobs/filter';
import { makeJob } from './fake';

describe('the filter of jobs', () => {
  const job = makeJob({ comment: 'For chapter 3', project: 'thesis' });

  it('leaves nothing out at first', () => {
    expect(fits(job, EVERY_JOB)).toBe(true);
    expect(filters(EVERY_JOB)).toBe(false);
    expect(filters({ ...EVERY_JOB, text: '  ' })).toBe(false);
  });

  it('wants every word somewhere, in upper or lower case', () => {
    const has = (text: string): boolean => fits(job, { ...EVERY_JOB, text });
    expect(has('LLAMA2 chapter')).toBe(true);
    expect(has('quickstart running ')).toBe(true);
    expect(has('llama2 mistral')).toBe(false);
  });

  it('tells projects apart by their whole name', () => {
    expect(fits(job, { ...EVERY_JOB, project: 'thesis' })).toBe(true);
    expect(fits(job, { ...EVERY_JOB, project: 'the' })).toBe(false);
    expect(projectsOf([job, makeJob(), makeJob()])).toEqual([
      'default',
      'thesis'
    ]);
  });

  it('offers the states that there are, in their order', () => {
    const ended = makeJob({ state: 'released' });
    expect(statesOf([ended, job, makeJob()])).toEqual(['running', 'released']);
    expect(statesOf([job], 'failed')).toEqual(['running', 'failed']);
    expect(fits(ended, { ...EVERY_JOB, state: 'released' })).toBe(true);
    expect(fits(job, { ...EVERY_JOB, state: 'released' })).toBe(false);
  });
});
