import React from 'react';

import { useView } from '../context';

/**
 * Where a notebook is among the server's files, as JupyterLab opens it; null when it is not there.
 *
 * Jobs tell what Jupyter tells its kernels: as a rule an absolute path. Other servers of the same
 * person may have their files elsewhere. What has no suffix is no file: a console has a name, too.
 */
export function localNotebook(notebook: string, root: string): string | null {
  const isWindows = /^([a-z]:)?\\/i.test(notebook);
  const slashed = (path: string): string =>
    isWindows ? path.replace(/\\/g, '/') : path;
  const path = slashed(notebook);
  if (!/[^/]\.[^/.]+$/.test(path)) {
    return null;
  }
  if (!/^([a-z]:)?\//i.test(path)) {
    return path;
  }
  const folder = `${slashed(root).replace(/\/$/, '')}/`;
  return root && path.startsWith(folder) ? path.slice(folder.length) : null;
}

/**
 * A notebook's name.
 */
export function notebookName(notebook: string): string {
  return notebook.split(/[/\\]/).pop() ?? '';
}

/**
 * The notebook a job was started from: opens it where that is among the server's files.
 */
export function NotebookLink(props: { notebook: string }): React.ReactElement {
  const { trans, actions, root } = useView();
  const { notebook } = props;
  const name = notebookName(notebook);
  const path = localNotebook(notebook, root());
  return path === null ? (
    <span title={notebook}>{name}</span>
  ) : (
    <button
      className="jp-sw-Link"
      title={trans.__('Open %1', path)}
      onClick={() => actions.openNotebook(path)}
    >
      {name}
    </button>
  );
}
