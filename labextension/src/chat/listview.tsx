import React, { useState } from 'react';

import { useView } from '../context';
import { formatTime } from '../format';
import { useChanges } from '../hooks';
import type { Chat } from '../schema';
import type { ChatList } from './list';
import type { ChatModel } from './model';

/**
 * The conversations of a job: search, open, begin, rename, delete.
 */
export function ChatListView(props: {
  list: ChatList;
  model: ChatModel;

  /** Asks before it deletes. */
  onRemove: (chat: Chat) => void;
}): React.ReactElement {
  const { list, model, onRemove } = props;
  const { trans } = useView();
  const [renaming, setRenaming] = useState<string | null>(null);
  useChanges(list);
  useChanges(model);
  return (
    <nav className="jp-sw-ChatList" aria-label={trans.__('Chats')}>
      <button
        className="jp-sw-Button"
        disabled={!model.canStart}
        onClick={() => void model.start()}
      >
        {trans.__('New chat')}
      </button>
      <input
        type="search"
        value={list.text}
        aria-label={trans.__('Search chats')}
        placeholder={trans.__('Search names and messages')}
        onChange={event => void list.search(event.target.value)}
      />
      {list.error && (
        <p className="jp-sw-Job-why" role="alert">
          {[list.error.message, list.error.hint].filter(Boolean).join(' ')}
        </p>
      )}
      <ul>
        {list.chats.map(chat => (
          <li key={chat.id} data-chat={chat.id}>
            {renaming === chat.id ? (
              <Rename
                chat={chat}
                onDone={name => {
                  setRenaming(null);
                  if (name !== null) {
                    void list.rename(chat, name);
                  }
                }}
              />
            ) : (
              <Item
                chat={chat}
                shown={model.chat?.id === chat.id}
                onOpen={() => void model.open(chat.id)}
                onRename={() => setRenaming(chat.id)}
                onRemove={() => onRemove(chat)}
              />
            )}
          </li>
        ))}
      </ul>
      {list.chats.length === 0 && list.text !== '' && (
        <p className="jp-sw-Hint" role="status">
          {trans.__('No chat has this in it.')}
        </p>
      )}
    </nav>
  );
}

function Item(props: {
  chat: Chat;
  shown: boolean;
  onOpen: () => void;
  onRename: () => void;
  onRemove: () => void;
}): React.ReactElement {
  const { chat, shown, onOpen, onRename, onRemove } = props;
  const { trans, clock } = useView();
  const name = chat.name || trans.__('New chat');
  return (
    <>
      <button
        className="jp-sw-ChatList-open"
        aria-current={shown ? 'true' : undefined}
        title={name}
        onClick={onOpen}
      >
        <span>{name}</span>
        <span className="jp-sw-Hint">
          {formatTime(chat.updated_at, clock.now())}
          {' · '}
          {trans._n('%1 message', '%1 messages', chat.turn_count)}
        </span>
      </button>
      <span className="jp-sw-ChatList-verbs">
        <button
          className="jp-sw-IconButton"
          title={trans.__('Rename %1', name)}
          aria-label={trans.__('Rename %1', name)}
          onClick={onRename}
        >
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="m4 10.5-.5 2 2-.5 6.5-6.5-1.5-1.5zM9.3 5.2l1.5 1.5" />
          </svg>
        </button>
        <button
          className="jp-sw-IconButton"
          title={trans.__('Delete %1', name)}
          aria-label={trans.__('Delete %1', name)}
          onClick={onRemove}
        >
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="M3.5 5h9M6.5 5V3.5h3V5M5 5l.6 8h4.8L11 5" />
          </svg>
        </button>
      </span>
    </>
  );
}

function Rename(props: {
  chat: Chat;

  /** Null when the name stays. */
  onDone: (name: string | null) => void;
}): React.ReactElement {
  const { chat, onDone } = props;
  const { trans } = useView();
  const [name, setName] = useState(chat.name);
  const save = (): void =>
    onDone(name.trim() !== '' && name !== chat.name ? name.trim() : null);
  return (
    <input
      autoFocus
      value={name}
      maxLength={120}
      aria-label={trans.__('Name of the chat')}
      onChange={event => setName(event.target.value)}
      onBlur={save}
      onKeyDown={event => {
        if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
          save();
        } else if (event.key === 'Escape') {
          onDone(null);
        }
      }}
    />
  );
}
