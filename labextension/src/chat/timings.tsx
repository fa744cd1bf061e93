import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { useView } from '../context';
import { formatCount } from '../locale';
import type { Timings, Turn } from '../schema';

/**
 * Where the time of an answer went, for who asks; nothing where nobody told.
 */
export function TurnTimings(props: { turn: Turn }): React.ReactElement | null {
  const { trans } = useView();
  const { timings } = props.turn;
  if (!timings) {
    return null;
  }
  return (
    <details className="jp-sw-Timings">
      <summary>{trans.__('Timings')}</summary>
      <dl>
        {timingRows(timings, trans).map(([label, text]) => (
          <React.Fragment key={label}>
            <dt>{label}</dt>
            <dd>{text}</dd>
          </React.Fragment>
        ))}
      </dl>
    </details>
  );
}

/**
 * What is known of an answer's time, in the order it passed: label and text.
 */
export function timingRows(
  timings: Timings,
  trans: TranslationBundle
): [string, string][] {
  const { queue, prefill, first_token, per_token, total } = timings;
  const { prompt_tokens, completion_tokens, reused_tokens } = timings;
  const tokens = (count: number): string =>
    count === 1
      ? trans.__('1 token')
      : trans.__('%1 tokens', formatCount(count));
  const rows: [string, (string | null)[]][] = [
    [trans.__('Waited'), [seconds(queue, trans)]],
    [
      trans.__('Read'),
      [
        prompt_tokens === null ? null : tokens(prompt_tokens),
        reused_tokens
          ? trans.__('%1 of them reused', formatCount(reused_tokens))
          : null,
        seconds(prefill, trans)
      ]
    ],
    [trans.__('First token after'), [seconds(first_token, trans)]],
    [
      trans.__('Wrote'),
      [
        completion_tokens === null ? null : tokens(completion_tokens),
        per_token === null
          ? null
          : trans.__('%1 ms each', (per_token * 1000).toFixed(1))
      ]
    ],
    [trans.__('In all'), [seconds(total, trans)]]
  ];
  return rows
    .map(([label, parts]): [string, string] => [
      label,
      parts.filter(part => part !== null).join(' · ')
    ])
    .filter(([, text]) => text !== '');
}

/** A length: thousandths matter while it is short. */
function seconds(
  value: number | null,
  trans: TranslationBundle
): string | null {
  return value === null
    ? null
    : value < 1
      ? trans.__('%1 ms', (value * 1000).toFixed(0))
      : trans.__('%1 s', value.toFixed(2));
}
