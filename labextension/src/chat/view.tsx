import React, { useState } from 'react';

import { useView } from '../context';
import { useChanges } from '../hooks';
import type { JobsModel } from '../jobs/model';
import type { Attachments } from './attachments';
import type { MarkdownFactory } from './bubble';
import type { IChatVerbs } from './chatverbs';
import { Conversation } from './conversation';
import { Header, type IShown } from './header';
import type { ChatList } from './list';
import { ChatListView } from './listview';
import type { ChatModel } from './model';
import type { Presets } from './presets';
import { ChatSettings } from './settings';

/**
 * The conversations with a job's model.
 */
export function ChatView(props: {
  model: ChatModel;
  list: ChatList;
  jobs: JobsModel;
  makeMarkdown: MarkdownFactory;
  sendWithShiftEnter: boolean;
  attachments: Attachments;
  presets: Presets;
  verbs: IChatVerbs;
}): React.ReactElement {
  const { model, list, jobs, makeMarkdown, sendWithShiftEnter } = props;
  const { attachments, presets, verbs } = props;
  const { trans } = useView();
  const [shown, setShown] = useState<IShown>({ list: false, settings: false });
  useChanges(model);
  useChanges(jobs);
  const job = jobs.get(model.job);
  const { chat } = model;
  return (
    <div
      className="jp-sw-Chat"
      data-job={model.job}
      role="region"
      aria-label={chat?.name || trans.__('New chat')}
    >
      {job && (
        <Header
          job={job}
          model={model}
          shown={shown}
          onShow={setShown}
          onMore={verbs.more}
        />
      )}
      {shown.settings && chat && (
        <ChatSettings
          chat={chat}
          presets={presets}
          onPatch={patch => void model.patch(patch)}
        />
      )}
      <div className="jp-sw-Chat-body">
        {shown.list && (
          <ChatListView list={list} model={model} onRemove={verbs.remove} />
        )}
        <Conversation
          key={chat?.id}
          model={model}
          job={job}
          makeMarkdown={makeMarkdown}
          sendWithShiftEnter={sendWithShiftEnter}
          attachments={attachments}
          verbs={verbs}
        />
      </div>
    </div>
  );
}
