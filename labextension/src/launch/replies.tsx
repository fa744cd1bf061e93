import React from 'react';

import { useView } from '../context';
import { FIELDS, type NumberField } from '../sampling';
import { Field } from './field';
import type { LaunchModel } from './model';

/**
 * How the job's replies are written where nobody says anything else.
 */
export function Replies(props: { launch: LaunchModel }): React.ReactElement {
  const { trans } = useView();
  const { launch } = props;
  const { choices } = launch;
  const number = (
    name: 'temperature' | 'topP' | 'maxTokens',
    field: NumberField,
    label: string
  ): React.ReactElement => (
    <Field label={label}>
      {id => (
        <input
          id={id}
          type="number"
          {...FIELDS[field]}
          placeholder={trans.__("the model's own")}
          value={choices[name]}
          onChange={event => launch.choose({ [name]: event.target.value })}
        />
      )}
    </Field>
  );
  return (
    <>
      <Field
        label={trans.__('System prompt')}
        note={trans.__(
          'This and the next three hold for replies that are asked for without.'
        )}
      >
        {id => (
          <textarea
            id={id}
            rows={2}
            placeholder={trans.__('How the model should behave')}
            value={choices.system}
            onChange={event => launch.choose({ system: event.target.value })}
          />
        )}
      </Field>
      {number('temperature', 'temperature', trans.__('Temperature'))}
      {number('topP', 'top_p', trans.__('Top p'))}
      {number('maxTokens', 'max_tokens', trans.__('Max tokens'))}
    </>
  );
}
