import React from 'react';

import { Command } from '../command';
import { useView } from '../context';
import type { ApiError } from '../errors';

/** The package and its server extension, as people type them. */
const INSTALL = 'pip install jupyter_sw';
const ENABLE = 'jupyter server extension enable jupyter_sw';

/**
 * Nothing runs: how to start.
 */
export function Empty(props: {
  model: string;
  onRun: () => void;
}): React.ReactElement {
  const { trans } = useView();
  const { model, onRun } = props;
  return (
    <div className="jp-sw-State">
      <h3>{trans.__('No model is running')}</h3>
      <button className="jp-sw-Button jp-mod-primary" onClick={onRun}>
        {trans.__('Run a model…')}
      </button>
      <p>{trans.__('or in a notebook cell:')}</p>
      <Command lines={['%load_ext jupyter_sw', `%sw run ${model}`.trim()]} />
      <p>{trans.__('or in a terminal:')}</p>
      <Command lines={[`jupyter sw run ${model}`.trim()]} />
    </div>
  );
}

/**
 * The filter leaves out every job.
 */
export function NoneFits(props: { onAll: () => void }): React.ReactElement {
  const { trans } = useView();
  return (
    <div className="jp-sw-State">
      <p>{trans.__('No job fits the filter.')}</p>
      <button className="jp-sw-Button" onClick={props.onAll}>
        {trans.__('Show all jobs')}
      </button>
    </div>
  );
}

/**
 * The server half does not answer because it is not there.
 */
export function Missing(props: { onRetry: () => void }): React.ReactElement {
  const { trans } = useView();
  return (
    <div className="jp-sw-State" role="alert">
      <h3>{trans.__('The server half is missing')}</h3>
      <p>
        {trans.__(
          'The jupyter_sw server extension is not enabled in this server. In the environment that Jupyter was started from, run:'
        )}
      </p>
      <Command lines={[INSTALL, ENABLE]} />
      <p>{trans.__('Then restart Jupyter.')}</p>
      <Retry onRetry={props.onRetry} />
    </div>
  );
}

/**
 * The first reading failed.
 */
export function Trouble(props: {
  error: ApiError;
  onRetry: () => void;
}): React.ReactElement {
  const { trans } = useView();
  const { error } = props;
  return (
    <div className="jp-sw-State" role="alert">
      <h3>
        {error.status === 0
          ? trans.__('The server does not answer')
          : trans.__('The server could not tell its jobs')}
      </h3>
      <p>{error.message}</p>
      {error.hint && <p>{error.hint}</p>}
      <Retry onRetry={props.onRetry} />
    </div>
  );
}

/**
 * A later reading failed: what is shown may be old.
 */
export function Lost(props: {
  error: ApiError;
  onRetry: () => void;
}): React.ReactElement {
  const { trans } = useView();
  const { error } = props;
  return (
    <div className="jp-sw-Banner" role="alert">
      <span title={error.message}>
        {error.status === 0
          ? trans.__('Connection lost: this may be out of date.')
          : error.message}
      </span>
      <Retry onRetry={props.onRetry} />
    </div>
  );
}

/**
 * Nothing is known yet.
 */
export function Waiting(): React.ReactElement {
  const { trans } = useView();
  return (
    <div className="jp-sw-State">
      <p>{trans.__('Asking the server…')}</p>
    </div>
  );
}

function Retry(props: { onRetry: () => void }): React.ReactElement {
  const { trans } = useView();
  return (
    <button className="jp-sw-Button" onClick={props.onRetry}>
      {trans.__('Try again')}
    </button>
  );
}
