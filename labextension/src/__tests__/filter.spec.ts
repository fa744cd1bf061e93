import { describe, expect, it } from 'vitest';

import { EVERY_JOB, filters, fits, projectsOf } from '../jobs/filter';
import { makeJob } from './fake';

describe('the filter of jobs', () => {
  const job = makeJob({ comment: 'For chapter 3', project: 'thesis' });

  it('leaves nothing out at first', () => {
    expect(fits(job, EVERY_JOB)).toBe(true);
    expect(filters(EVERY_JOB)).toBe(false);
    expect(filters({ text: '  ', project: '' })).toBe(false);
  });

  it('wants every word somewhere, in upper or lower case', () => {
    const has = (text: string): boolean => fits(job, { text, project: '' });
    expect(has('LLAMA2 chapter')).toBe(true);
    expect(has('quickstart running ')).toBe(true);
    expect(has('llama2 mistral')).toBe(false);
  });

  it('tells projects apart by their whole name', () => {
    expect(fits(job, { text: '', project: 'thesis' })).toBe(true);
    expect(fits(job, { text: '', project: 'the' })).toBe(false);
    expect(projectsOf([job, makeJob(), makeJob()])).toEqual([
      'default',
      'thesis'
    ]);
  });
});
