import type { Job } from '../schema';

/**
 * The job that a cell of a notebook asks: the newest of those that the notebook itself started, or
 * the newest of all.
 */
export function jobForNotebook(
  running: readonly Job[],
  path: string
): Job | undefined {
  // The kernel knows its notebook by the whole path, JupyterLab by the one below its root.
  const own = running.filter(
    ({ owner }) =>
      path !== '' &&
      (owner.notebook === path || owner.notebook?.endsWith(`/${path}`))
  );
  return (own.length > 0 ? own : [...running])
    .sort((a, b) => b.created_at - a.created_at)
    .at(0);
}
