import React from 'react';

import { useView } from '../context';
import type { Turn } from '../schema';

/**
 * Speed, length and what became of an answer.
 */
export function Figures(props: {
  turn: Turn;
  speed: number | null;
}): React.ReactElement {
  const { trans } = useView();
  const { turn, speed: jobSpeed } = props;
  const running = turn.state === 'running';
  const speed = turn.timings?.tokens_per_second ?? (running ? jobSpeed : null);
  const first = turn.timings?.first_token;
  const figures = [
    speed &&
      trans.__('%1 tok/s', speed < 10 ? speed.toFixed(1) : Math.round(speed)),
    turn.usage &&
      trans._n('%1 token', '%1 tokens', turn.usage.completion_tokens),
    first && trans.__('first token %1 s', first.toFixed(2)),
    turn.state === 'stopped' && trans.__('stopped'),
    turn.finish_reason === 'length' && trans.__('cut at the token limit'),
    turn.context_trimmed > 0 &&
      trans._n(
        'the oldest turn no longer fits the context',
        'the oldest %1 turns no longer fit the context',
        turn.context_trimmed
      )
  ].filter(Boolean);
  return (
    <>
      {figures.map((figure, i) => (
        <span key={i}>{figure}</span>
      ))}
    </>
  );
}
