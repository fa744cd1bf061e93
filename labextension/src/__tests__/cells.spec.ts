import { describe, expect, it } from 'vitest';

import { jobForNotebook } from '../chat/cells';
import { makeJob } from './fake';

const of = (id: string, created_at: number, notebook: string | null) =>
  makeJob({
    id,
    created_at,
    owner: { ...makeJob().owner, notebook }
  });

describe('the job that a cell asks', () => {
  const jobs = [
    of('old', 1, '/srv/notes/thesis.ipynb'),
    of('newer', 2, '/srv/notes/thesis.ipynb'),
    of('newest', 3, '/srv/notes/other-thesis.ipynb')
  ];

  it('is the newest that its notebook started', () => {
    expect(jobForNotebook(jobs, 'notes/thesis.ipynb')?.id).toBe('newer');
    expect(jobForNotebook(jobs, 'thesis.ipynb')?.id).toBe('newer');
  });

  it('is the newest of all where the notebook started none', () => {
    expect(jobForNotebook(jobs, 'unknown.ipynb')?.id).toBe('newest');
    expect(jobForNotebook(jobs, '')?.id).toBe('newest');
  });

  it('is none where none runs', () => {
    expect(jobForNotebook([], 'thesis.ipynb')).toBeUndefined();
  });
});
