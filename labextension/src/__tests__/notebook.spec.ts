import { describe, expect, it } from 'vitest';

import { localNotebook, notebookName } from '../jobs/notebook';

describe('the notebook of a job', () => {
  it('is one of the files below the root of the server', () => {
    expect(localNotebook('/home/me/a/b.ipynb', '/home/me')).toBe('a/b.ipynb');
    expect(localNotebook('/home/me/b.ipynb', '/home/me/')).toBe('b.ipynb');
    expect(localNotebook('/b.ipynb', '/')).toBe('b.ipynb');
    expect(localNotebook('a/b.ipynb', '/home/me')).toBe('a/b.ipynb');
    expect(localNotebook('C:\\work\\a\\b.ipynb', 'C:\\work')).toBe('a/b.ipynb');
  });

  it('is not here when it is elsewhere, or no file', () => {
    expect(localNotebook('/home/you/b.ipynb', '/home/me')).toBeNull();
    expect(localNotebook('/home/meyer/b.ipynb', '/home/me')).toBeNull();
    expect(localNotebook('/home/me/b.ipynb', '')).toBeNull();
    expect(localNotebook('/home/me/Console 1', '/home/me')).toBeNull();
    expect(localNotebook('/home/me/.hidden', '/home/me')).toBeNull();
  });

  it('has a name', () => {
    expect(notebookName('/home/me/b.ipynb')).toBe('b.ipynb');
    expect(notebookName('C:\\work\\b.ipynb')).toBe('b.ipynb');
  });
});
