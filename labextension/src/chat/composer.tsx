import React, { useEffect, useRef, useState } from 'react';

import { useView } from '../context';
import { useChanges } from '../hooks';
import { AttachBar } from './attachbar';
import { type Attachments, compose } from './attachments';

/**
 * Where a message is written: Enter sends and Shift+Enter starts a line, or the other way round.
 */
export function Composer(props: {
  name: string;
  attachments: Attachments;

  /** Open a menu with what can be attached, at what was clicked. */
  onAttach: (anchor: Element) => void;
  running: boolean;
  sending: boolean;
  sendWithShiftEnter: boolean;

  /** A message to change; null when a new one is written. */
  editing: string | null;
  onCancelEdit?: () => void;

  /** Resolves to whether the message was taken. */
  onSend: (content: string) => Promise<boolean>;

  /** The same for a changed message that goes into a new conversation. */
  onBranch?: (content: string) => Promise<boolean>;
  onStop: () => void;
}): React.ReactElement {
  const { name, running, sending, sendWithShiftEnter, editing } = props;
  const { attachments, onAttach, onCancelEdit, onSend, onBranch, onStop } =
    props;

  const { trans } = useView();
  const [text, setText] = useState('');
  useChanges(attachments);
  const empty = text.trim() === '' && attachments.items.length === 0;
  const area = useRef<HTMLTextAreaElement>(null);

  useEffect(() => {
    if (editing !== null) {
      setText(editing);
      area.current?.focus();
    }
  }, [editing]);

  // A tab can be shown before there is anything to write in.
  useEffect(() => {
    const { activeElement, body } = document;
    if (activeElement !== body && activeElement?.contains(area.current)) {
      area.current?.focus();
    }
  }, []);

  // As high as its text, within what the style sheet allows.
  useEffect(() => {
    const node = area.current;
    if (node) {
      node.style.height = 'auto';
      node.style.height = `${node.scrollHeight}px`;
    }
  }, [text]);

  const send = async (take = onSend): Promise<void> => {
    if (empty || running || sending) {
      return;
    }
    if (await take(compose(text.trim(), attachments.items))) {
      setText('');
      attachments.clear();
    }
  };

  const onKeyDown = (event: React.KeyboardEvent): void => {
    // Enter also ends what an input method composes.
    if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
      if (event.shiftKey === sendWithShiftEnter) {
        event.preventDefault();
        void send();
      }
    } else if (event.key === 'Escape' && editing !== null) {
      setText('');
      onCancelEdit?.();
    }
  };

  return (
    <div className="jp-sw-Composer">
      {editing !== null && (
        <div className="jp-sw-Composer-editing">
          <span>
            {trans.__('Sending replaces this message and all after it.')}
          </span>
          {onBranch && (
            <button
              className="jp-sw-Button"
              disabled={empty || sending}
              title={trans.__('Send it in a new chat; this one stays as it is')}
              onClick={() => void send(onBranch)}
            >
              {trans.__('Send in a branch')}
            </button>
          )}
          <button
            className="jp-sw-Button jp-mod-quiet"
            onClick={() => {
              setText('');
              onCancelEdit?.();
            }}
          >
            {trans.__('Keep as it was')}
          </button>
        </div>
      )}
      <AttachBar attachments={attachments} />
      <div className="jp-sw-Composer-row">
        <button
          className="jp-sw-IconButton"
          title={trans.__('Attach a cell, a selection or files')}
          aria-label={trans.__('Attach')}
          aria-haspopup="menu"
          onClick={event => onAttach(event.currentTarget)}
        >
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="m12.5 7.5-4.8 4.8a2.5 2.5 0 0 1-3.5-3.5l5-5a1.7 1.7 0 0 1 2.4 2.4l-4.8 4.8a.8.8 0 0 1-1.2-1.2l4.3-4.3" />
          </svg>
        </button>
        <textarea
          ref={area}
          rows={1}
          value={text}
          aria-label={trans.__('Message')}
          placeholder={
            sendWithShiftEnter
              ? trans.__('Message %1… (Shift+Enter sends)', name)
              : trans.__(
                  'Message %1… (Enter sends, Shift+Enter for a new line)',
                  name
                )
          }
          onChange={event => setText(event.target.value)}
          onKeyDown={onKeyDown}
        />
        {running ? (
          <button className="jp-sw-Button jp-sw-Stop" onClick={onStop}>
            <span className="jp-sw-Stop-square" aria-hidden="true" />
            {trans.__('Stop')}
          </button>
        ) : (
          <button
            className="jp-sw-Button jp-mod-primary"
            disabled={empty || sending}
            onClick={() => void send()}
          >
            {trans.__('Send')}
          </button>
        )}
      </div>
    </div>
  );
}
