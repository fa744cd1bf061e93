import React, { useId, useState } from 'react';

import { useView } from '../context';
import { FIELDS, type NumberField } from '../sampling';
import type { Chat, ChatPatch } from '../schema';
import { PresetBar } from './presetbar';
import type { Presets } from './presets';

/**
 * System prompt and sampling; each field is saved when it is left.
 */
export function ChatSettings(props: {
  chat: Chat;
  presets: Presets;
  onPatch: (patch: ChatPatch) => void;
}): React.ReactElement {
  const { trans } = useView();
  const { chat, presets, onPatch } = props;
  const labels: Record<NumberField, string> = {
    temperature: trans.__('Temperature'),
    top_p: trans.__('Top p'),
    top_k: trans.__('Top k'),
    max_tokens: trans.__('Max tokens'),
    seed: trans.__('Seed')
  };
  return (
    <section
      className="jp-sw-ChatSettings"
      aria-label={trans.__('Settings of this chat')}
    >
      <PresetBar chat={chat} presets={presets} onPatch={onPatch} />
      <SystemPrompt
        key={`${chat.id}:${chat.system}`}
        value={chat.system}
        onSave={system => onPatch({ system })}
      />
      <div className="jp-sw-ChatSettings-numbers">
        {(Object.keys(FIELDS) as NumberField[]).map(field => (
          <NumberInput
            key={`${field}:${chat.params[field] ?? ''}`}
            label={labels[field]}
            field={field}
            value={chat.params[field] ?? null}
            onSave={value =>
              onPatch({
                params: { ...chat.params, [field]: value }
              })
            }
          />
        ))}
        <StopInput
          key={`stop:${chat.params.stop?.join('\n') ?? ''}`}
          value={chat.params.stop ?? []}
          onSave={stop =>
            onPatch({
              params: {
                ...chat.params,
                stop: stop.length > 0 ? stop : null
              }
            })
          }
        />
      </div>
      <p className="jp-sw-Hint">
        {trans.__(
          'An empty field leaves the choice to the model. Changes count from the next message on.'
        )}
      </p>
    </section>
  );
}

function SystemPrompt(props: {
  value: string;
  onSave: (value: string) => void;
}): React.ReactElement {
  const { trans } = useView();
  const { value, onSave } = props;
  const [text, setText] = useState(value);
  const id = useId();
  return (
    <div className="jp-sw-Field">
      <label htmlFor={id}>{trans.__('System prompt')}</label>
      <textarea
        id={id}
        rows={2}
        value={text}
        placeholder={trans.__('How the model should behave')}
        onChange={event => setText(event.target.value)}
        onBlur={() => text !== value && onSave(text)}
      />
    </div>
  );
}

function StopInput(props: {
  value: string[];
  onSave: (value: string[]) => void;
}): React.ReactElement {
  const { trans } = useView();
  const { value, onSave } = props;
  const shown = value.join('\n');
  const [text, setText] = useState(shown);
  const id = useId();
  const save = (): void =>
    onSave(text.split('\n').filter(line => line.trim() !== ''));
  return (
    <div className="jp-sw-Field">
      <label htmlFor={id}>{trans.__('Stop at')}</label>
      <textarea
        id={id}
        rows={1}
        value={text}
        placeholder={trans.__('a text a line')}
        title={trans.__('The answer ends before the first of these texts')}
        onChange={event => setText(event.target.value)}
        onBlur={() => text !== shown && save()}
      />
    </div>
  );
}

function NumberInput(props: {
  label: string;
  field: NumberField;
  value: number | null;
  onSave: (value: number | null) => void;
}): React.ReactElement {
  const { trans } = useView();
  const { label, field, value, onSave } = props;
  const limits = FIELDS[field];
  const shown = value === null ? '' : String(value);
  const [text, setText] = useState(shown);
  const id = useId();
  const save = (input: HTMLInputElement): void => {
    if (text !== shown && input.reportValidity()) {
      onSave(text === '' ? null : Number(text));
    }
  };
  return (
    <div className="jp-sw-Field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="number"
        {...limits}
        value={text}
        placeholder={trans.__('default')}
        onChange={event => setText(event.target.value)}
        onBlur={event => save(event.target)}
        onKeyDown={event => {
          if (event.key === 'Enter') {
            save(event.currentTarget);
          }
        }}
      />
    </div>
  );
}
