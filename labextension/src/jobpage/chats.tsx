import React from 'react';

import { useView } from '../context';
import { formatTime } from '../format';
import { isServed } from '../jobs/state';
import type { Chat, Job } from '../schema';
import type { JobPageModel } from './model';
import { Asked } from './states';

/**
 * The conversations of a job.
 */
export function Chats(props: {
  job: Job;
  model: JobPageModel;
}): React.ReactElement {
  const { trans } = useView();
  const { job, model } = props;
  if (!isServed(job) || job.handler !== 'chatbot') {
    return (
      <p className="jp-sw-JobPage-quiet">
        {isServed(job)
          ? trans.__('This model continues texts; it does not chat.')
          : trans.__('This model lives in a kernel; it is used from there.')}
      </p>
    );
  }
  return (
    <Asked fetched={model.chats} when={job.metrics.requests}>
      {chats =>
        chats.length === 0 ? (
          <Nothing job={job} />
        ) : (
          <ul className="jp-sw-Chats" aria-label={trans.__('Conversations')}>
            {chats.map((chat, i) => (
              <Line key={chat.id} chat={chat} job={job} newest={i === 0} />
            ))}
          </ul>
        )
      }
    </Asked>
  );
}

function Line(props: {
  chat: Chat;
  job: Job;

  /** Whether it is the one that the job's chat tab shows. */
  newest: boolean;
}): React.ReactElement {
  const { trans, clock, actions } = useView();
  const { chat, job, newest } = props;
  const now = clock.now();
  return (
    <li data-chat={chat.id}>
      <span className="jp-sw-Chats-name">
        {chat.name || trans.__('Chat %1', chat.id.slice(0, 8))}
      </span>
      <span className="jp-sw-Hint">
        {trans._n('%1 turn', '%1 turns', chat.turn_count)}
        {' · '}
        {trans.__('last used %1', formatTime(chat.updated_at, now))}
      </span>
      {newest && (
        <button className="jp-sw-Button" onClick={() => actions.chat(job)}>
          {trans.__('Open chat')}
        </button>
      )}
    </li>
  );
}

function Nothing(props: { job: Job }): React.ReactElement {
  const { trans, actions } = useView();
  const { job } = props;
  return (
    <div className="jp-sw-State">
      <p>{trans.__('Nobody has talked with it in a conversation.')}</p>
      {job.state === 'running' && (
        <button className="jp-sw-Button" onClick={() => actions.chat(job)}>
          {trans.__('Begin a chat')}
        </button>
      )}
    </div>
  );
}
