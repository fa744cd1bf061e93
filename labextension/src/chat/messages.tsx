import React, { useEffect, useState } from 'react';

import { useView } from '../context';
import type { ApiError } from '../errors';
import type { Job } from '../schema';
import { Exchange, type MarkdownFactory } from './bubble';
import type { ChatModel } from './model';
import { useTail } from './tail';
import type { TurnModel } from './turn';
import type { ITurnVerbs } from './turnverbs';

const NONE: ITurnVerbs = {};

/**
 * What was said in a conversation; follows the answer unless a person scrolled up.
 */
export function Messages(props: {
  model: ChatModel;
  job: Job | undefined;
  makeMarkdown: MarkdownFactory;

  /** Undefined where nothing can be changed. */
  onEdit?: (turn: TurnModel) => void;

  /** What can be done with the last exchange, and with those before it. */
  ofLast?: ITurnVerbs;
  ofOthers?: ITurnVerbs;
}): React.ReactElement {
  const { model, job, makeMarkdown, onEdit } = props;
  const { ofLast = NONE, ofOthers = NONE } = props;
  const { trans } = useView();
  const { turns, error } = model;
  const last = turns.length > 0 ? turns[turns.length - 1] : null;
  const tail = useTail(last?.turn.created_at ?? 0);
  return (
    <>
      <div
        className="jp-sw-Messages"
        ref={tail.scroller}
        onScroll={tail.onScroll}
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label={trans.__('Conversation')}
      >
        <ul ref={tail.content}>
          {turns.map((turn, i) => (
            <Exchange
              key={`${turn.turn.n}:${turn.turn.created_at}`}
              model={turn}
              makeMarkdown={makeMarkdown}
              speed={
                turn.isRunning ? (job?.metrics.tokens_per_second ?? null) : null
              }
              onEdit={onEdit}
              verbs={i === turns.length - 1 ? ofLast : ofOthers}
            />
          ))}
        </ul>
        {turns.length === 0 && <Nothing model={model} job={job} />}
      </div>
      {!tail.following && (
        <button className="jp-sw-Button jp-sw-ToEnd" onClick={tail.toEnd}>
          {trans.__('To the end')}
        </button>
      )}
      {error && <Failure error={error} onRetry={() => void model.load()} />}
      <Spoken turn={last} />
    </>
  );
}

function Nothing(props: {
  model: ChatModel;
  job: Job | undefined;
}): React.ReactElement {
  const { trans } = useView();
  const { model, job } = props;
  let text = trans.__('Looking for the conversation…');
  if (model.error) {
    text = '';
  } else if (model.isLoaded && job?.state === 'running') {
    text = trans.__('Say something to %1.', job.name);
  } else if (model.isLoaded) {
    text = trans.__('Nothing was said here.');
  }
  return <p className="jp-sw-Messages-empty">{text}</p>;
}

function Failure(props: {
  error: ApiError;
  onRetry: () => void;
}): React.ReactElement {
  const { trans } = useView();
  const { error, onRetry } = props;
  return (
    <div className="jp-sw-Banner" role="alert">
      <span>{[error.message, error.hint].filter(Boolean).join(' ')}</span>
      <button className="jp-sw-Button" onClick={onRetry}>
        {trans.__('Try again')}
      </button>
    </div>
  );
}

/**
 * Says a whole answer once, instead of every piece of it.
 */
function Spoken(props: { turn: TurnModel | null }): React.ReactElement {
  const { trans } = useView();
  const { turn } = props;
  const [text, setText] = useState('');
  useEffect(() => {
    if (turn === null || !turn.isRunning) {
      return;
    }
    setText(trans.__('The model is answering'));
    const say = (): void => {
      if (!turn.isRunning) {
        setText(turn.turn.reply || trans.__('The answer ended'));
      }
    };
    turn.changed.connect(say);
    return () => {
      turn.changed.disconnect(say);
    };
  }, [turn, trans]);
  return (
    <div className="jp-sw-Hidden" role="status" aria-live="polite">
      {text}
    </div>
  );
}
