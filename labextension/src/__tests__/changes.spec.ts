import { describe, expect, it } from 'vitest';

import { changesOf } from '../jobs/changes';
import { makeJob } from './fake';

describe('changesOf', () => {
  const job = makeJob({ name: 'one', project: 'default', comment: 'old' });

  it('is nothing when nothing was changed', () => {
    const { name, project, comment } = job;
    expect(changesOf(job, { name, project, comment })).toBeNull();
  });

  it('holds what differs', () => {
    expect(
      changesOf(job, { name: 'two', project: 'thesis', comment: 'old' })
    ).toEqual({ name: 'two', project: 'thesis' });
  });

  it('takes an emptied comment, but no emptied name or project', () => {
    expect(changesOf(job, { name: '', project: '', comment: '' })).toEqual({
      comment: ''
    });
  });
});
