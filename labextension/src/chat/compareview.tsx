import React from 'react';

import { useView } from '../context';
import { useChanges } from '../hooks';
import { StateChip } from '../jobs/chip';
import type { JobsModel } from '../jobs/model';
import type { Attachments } from './attachments';
import type { MarkdownFactory } from './bubble';
import type { CompareModel } from './compare';
import { Composer } from './composer';
import { Messages } from './messages';
import type { ChatModel } from './model';
import { ReadOnly } from './readonly';

/**
 * The answers of several models to the same messages, in columns.
 */
export function CompareView(props: {
  model: CompareModel;
  jobs: JobsModel;
  makeMarkdown: MarkdownFactory;
  sendWithShiftEnter: boolean;
  attachments: Attachments;
  onAttach: (anchor: Element) => void;
}): React.ReactElement {
  const { model, jobs, makeMarkdown, sendWithShiftEnter } = props;
  const { attachments, onAttach } = props;
  const { trans } = useView();
  useChanges(model);
  useChanges(jobs);
  return (
    <div className="jp-sw-Chat jp-sw-Compare">
      <div className="jp-sw-Compare-columns">
        {model.chats.map(chat => (
          <Column
            key={chat.job}
            chat={chat}
            jobs={jobs}
            makeMarkdown={makeMarkdown}
          />
        ))}
      </div>
      {model.isWritable && (
        <Composer
          name={trans.__('both models')}
          attachments={attachments}
          onAttach={onAttach}
          running={model.isRunning}
          sending={model.isSending}
          sendWithShiftEnter={sendWithShiftEnter}
          editing={null}
          onSend={content => model.send(content)}
          onStop={() => void model.stop()}
        />
      )}
    </div>
  );
}

function Column(props: {
  chat: ChatModel;
  jobs: JobsModel;
  makeMarkdown: MarkdownFactory;
}): React.ReactElement {
  const { chat, jobs, makeMarkdown } = props;
  const { trans, actions } = useView();
  const job = jobs.get(chat.job);
  const name = job?.name ?? trans.__('Unknown job');
  return (
    <section
      className="jp-sw-Conversation"
      data-job={chat.job}
      aria-label={name}
    >
      <header className="jp-sw-Chat-header">
        <h2 title={job?.model}>{name}</h2>
        {job && <StateChip job={job} />}
        {job && (
          <span className="jp-sw-Chat-headerEnd">
            <button
              className="jp-sw-Button jp-mod-quiet"
              title={trans.__('Go on with this model alone')}
              onClick={() => actions.chat(job)}
            >
              {trans.__('Open chat')}
            </button>
          </span>
        )}
      </header>
      <Messages model={chat} job={job} makeMarkdown={makeMarkdown} />
      {job?.state !== 'running' && <ReadOnly job={job} />}
    </section>
  );
}
