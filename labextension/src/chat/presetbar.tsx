import React, { useId, useState } from 'react';

import { useView } from '../context';
import { useChanges } from '../hooks';
import { LONGEST_NAME } from '../saved';
import type { Chat, ChatPatch } from '../schema';
import { patchOf, type Presets } from './presets';

/**
 * Chooses a preset, and keeps what a chat is set to as one.
 */
export function PresetBar(props: {
  chat: Chat;
  presets: Presets;
  onPatch: (patch: ChatPatch) => void;
}): React.ReactElement {
  const { chat, presets, onPatch } = props;
  const { trans } = useView();
  const [naming, setNaming] = useState(false);
  useChanges(presets);
  const id = useId();
  const current = presets.of(chat);
  const isOwn = current !== undefined && presets.has(current.name);
  const choose = (name: string): void => {
    const preset = presets.find(name);
    if (preset) {
      onPatch(patchOf(preset, chat));
    }
  };
  return (
    <div className="jp-sw-Presets">
      <label htmlFor={id}>{trans.__('Preset')}</label>
      <select
        id={id}
        value={current?.name ?? ''}
        onChange={event => choose(event.target.value)}
      >
        {!current && <option value="">{trans.__('Own settings')}</option>}
        {presets.own.length > 0 && (
          <optgroup label={trans.__('Mine')}>
            {presets.own.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </optgroup>
        )}
        <optgroup label={trans.__('Given')}>
          {presets.given.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </optgroup>
      </select>
      {naming ? (
        <Naming
          onDone={name => {
            setNaming(false);
            if (name !== '') {
              void presets.save(name, chat);
            }
          }}
        />
      ) : (
        presets.canSave &&
        !isOwn && (
          <button className="jp-sw-Button" onClick={() => setNaming(true)}>
            {trans.__('Save as preset…')}
          </button>
        )
      )}
      {isOwn && (
        <button
          className="jp-sw-Button"
          title={trans.__('Delete the preset %1', current.name)}
          onClick={() => void presets.remove(current.name)}
        >
          {trans.__('Delete preset')}
        </button>
      )}
    </div>
  );
}

function Naming(props: {
  /** Empty when nothing is to be kept. */
  onDone: (name: string) => void;
}): React.ReactElement {
  const { onDone } = props;
  const { trans } = useView();
  const [name, setName] = useState('');
  return (
    <form
      onSubmit={event => {
        event.preventDefault();
        onDone(name.trim());
      }}
      onKeyDown={event => {
        if (event.key === 'Escape') {
          onDone('');
        }
      }}
    >
      <input
        autoFocus
        value={name}
        maxLength={LONGEST_NAME}
        aria-label={trans.__('Name of the preset')}
        placeholder={trans.__('Name of the preset')}
        onChange={event => setName(event.target.value)}
      />
      <button className="jp-sw-Button" disabled={name.trim() === ''}>
        {trans.__('Save')}
      </button>
    </form>
  );
}
