import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useEffect, useMemo, useState } from 'react';

import { useView } from '../context';
import type { ApiError } from '../errors';
import { isPausing } from '../jobs/state';
import type { Job } from '../schema';
import type { Attachments } from './attachments';
import { Exchange, type MarkdownFactory } from './bubble';
import { Composer } from './composer';
import type { ChatModel } from './model';
import { ReadOnly } from './readonly';
import { useTail } from './tail';
import type { TurnModel } from './turn';
import type { IChatVerbs } from './chatverbs';

/**
 * What was said in a conversation, and where the next message is written.
 */
export function Conversation(props: {
  model: ChatModel;
  job: Job | undefined;
  makeMarkdown: MarkdownFactory;
  sendWithShiftEnter: boolean;
  attachments: Attachments;
  verbs: IChatVerbs;
}): React.ReactElement {
  const { model, job, makeMarkdown, sendWithShiftEnter } = props;
  const { attachments, verbs } = props;
  const { trans } = useView();
  const [editing, setEditing] = useState<TurnModel | null>(null);
  const { chat, turns, running, error } = model;
  const writable = job?.state === 'running' && !isPausing(job) && chat !== null;
  const tail = useTail(turns.length);
  const still = running === null;
  const canSay = writable && still;
  const { ofLast, ofOthers } = useMemo(() => {
    const remove = (turn: TurnModel): void => verbs.forget(turn.turn.n);
    const branch = (turn: TurnModel): void =>
      void model.branch(turn.turn.n + 1, branchName(trans, model));
    const ofOthers = {
      branch: canSay ? branch : undefined,
      remove: still ? remove : undefined
    };
    const regenerate = canSay
      ? (turn: TurnModel) => void model.regenerate(turn)
      : undefined;
    return { ofLast: { ...ofOthers, regenerate }, ofOthers };
  }, [model, verbs, trans, canSay, still]);
  return (
    <div className="jp-sw-Conversation">
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
              onEdit={canSay ? setEditing : undefined}
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
      {writable && job ? (
        <Composer
          name={job.name}
          attachments={attachments}
          onAttach={verbs.attach}
          running={running !== null}
          sending={model.isSending}
          sendWithShiftEnter={sendWithShiftEnter}
          editing={editing?.turn.content ?? null}
          onCancelEdit={() => setEditing(null)}
          onSend={send}
          onBranch={content =>
            model.branch(
              editing?.turn.n ?? turns.length,
              branchName(trans, model),
              content
            )
          }
          onStop={() => void model.stop()}
        />
      ) : (
        <ReadOnly
          job={job}
          onContinue={turns.length > 0 ? verbs.runAndContinue : undefined}
        />
      )}
      <Spoken turn={turns.length > 0 ? turns[turns.length - 1] : null} />
    </div>
  );

  async function send(content: string): Promise<boolean> {
    tail.toEnd();
    const taken = await model.send(content, editing?.turn.n);
    if (taken) {
      setEditing(null);
    }
    return taken;
  }
}

function branchName(trans: TranslationBundle, model: ChatModel): string {
  // The server takes 120 characters at most.
  return model.chat?.name
    ? trans.__('%1 (branch)', model.chat.name.slice(0, 100))
    : '';
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
