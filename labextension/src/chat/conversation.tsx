import type { TranslationBundle } from '@jupyterlab/translation';
import React, { useMemo, useState } from 'react';

import { useView } from '../context';
import { isPausing } from '../jobs/state';
import type { Job } from '../schema';
import type { Attachments } from './attachments';
import type { MarkdownFactory } from './bubble';
import { Composer } from './composer';
import { Messages } from './messages';
import type { ChatModel } from './model';
import { ReadOnly } from './readonly';
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
  const { chat, turns, running } = model;
  const writable = job?.state === 'running' && !isPausing(job) && chat !== null;
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
      <Messages
        model={model}
        job={job}
        makeMarkdown={makeMarkdown}
        onEdit={canSay ? setEditing : undefined}
        ofLast={ofLast}
        ofOthers={ofOthers}
      />
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
    </div>
  );

  async function send(content: string): Promise<boolean> {
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
