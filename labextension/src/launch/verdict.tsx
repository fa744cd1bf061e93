import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { useView } from '../context';
import { formatBytes } from '../format';
import type { JobEstimate, PrecisionFit } from '../schema';
import type { LaunchModel } from './model';

/**
 * What would become of the choices: whether they fit, where, and what is to be downloaded first.
 */
export function Verdict(props: { launch: LaunchModel }): React.ReactElement {
  const { trans } = useView();
  const { estimate, problem, isSettled, choices } = props.launch;
  return (
    <div
      className="jp-sw-Verdict"
      role="status"
      aria-busy={!isSettled}
      data-fit={problem ? 'never' : estimate?.fit}
    >
      {problem ? (
        <Words message={problem.message} hint={problem.hint} />
      ) : estimate ? (
        <Outcome estimate={estimate} />
      ) : (
        choices.model && <p>{trans.__('Asking the server…')}</p>
      )}
    </div>
  );
}

function Outcome(props: { estimate: JobEstimate }): React.ReactElement {
  const { trans } = useView();
  const { estimate } = props;
  const { fit, message, hint, download, precisions } = estimate;
  return (
    <>
      {fit === 'now' ? (
        <p>
          <strong>{trans.__('Fits now')}</strong> {where(estimate, trans)}:{' '}
          <Need estimate={estimate} />
        </p>
      ) : (
        <>
          <p>
            <strong>
              {fit === 'later'
                ? trans.__('Waits for memory.')
                : trans.__('Does not fit.')}
            </strong>
          </p>
          <Words message={message} hint={hint} />
        </>
      )}
      {download !== 0 && (
        <p>
          {download === null
            ? trans.__('To download first; the size is not known.')
            : trans.__('To download first: %1.', formatBytes(download))}
        </p>
      )}
      {precisions.length > 0 && fit !== 'now' && (
        <Precisions precisions={precisions} />
      )}
    </>
  );
}

/** The devices that it would get, as `cuda:0, cuda:1 (simulated)`. */
function where(estimate: JobEstimate, trans: TranslationBundle): string {
  return estimate.devices
    .filter(({ chosen }) => chosen)
    .map(({ device, simulated }) =>
      simulated ? trans.__('%1 (simulated)', device) : device
    )
    .join(', ');
}

function Need(props: { estimate: JobEstimate }): React.ReactElement {
  const { trans } = useView();
  const { need, exact, measured, parts, devices } = props.estimate;
  const size = formatBytes(need);
  const free = formatBytes(
    devices
      .filter(({ chosen }) => chosen)
      .reduce((sum, device) => sum + device.free, 0)
  );
  const words = measured
    ? trans.__('%1 of %2 free, as measured before', size, free)
    : exact
      ? trans._p('need', '%1 of %2 free', size, free)
      : parts
        ? trans.__('about %1 of %2 free', size, free)
        : trans.__('at least %1 of %2 free', size, free);
  const detail =
    parts === null
      ? undefined
      : trans.__(
          'Weights %1, cache of %2 tokens %3, the rest %4',
          formatBytes(parts.weights),
          parts.context * parts.slots,
          formatBytes(parts.kv_cache),
          formatBytes(parts.overhead)
        );
  return <span title={detail}>{words}</span>;
}

function Precisions(props: { precisions: PrecisionFit[] }): React.ReactElement {
  const { trans } = useView();
  const word = {
    now: trans.__('fits now'),
    later: trans.__('would wait'),
    never: trans.__('does not fit')
  };
  return (
    <ul>
      {props.precisions.map(({ dtype, quantize, need, fit }) => (
        <li key={quantize ?? dtype} data-fit={fit}>
          {quantize ?? dtype}: {formatBytes(need)}, {word[fit]}
        </li>
      ))}
    </ul>
  );
}

function Words(props: { message: string; hint: string }): React.ReactElement {
  return (
    <>
      <p>{props.message}</p>
      {props.hint && <p className="jp-sw-Hint">{props.hint}</p>}
    </>
  );
}
