import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { useView } from '../context';
import type { Engine, EngineAvailability, Handler } from '../schema';
import { DTYPES } from './choices';
import { Field, type IOption, Select } from './field';
import type { LaunchModel } from './model';

const PRECISIONS = [...DTYPES, '8bit', '4bit'];

/**
 * The third step: what the job does with its model.
 */
export function HandlerStep(props: {
  launch: LaunchModel;
}): React.ReactElement {
  const { trans } = useView();
  const { launch } = props;
  const { estimate, info, choices } = launch;
  const words: Record<Handler, string> = {
    chatbot: trans.__('chatbot: answers in a conversation'),
    completion: trans.__('completion: continues a text'),
    embedding: trans.__('embedding: turns texts into vectors')
  };
  const known = info?.handlers ?? [];
  // A model that can chat can complete, too; one that embeds can do nothing else.
  const offered = new Set<Handler>(
    known.includes('embedding') ? known : [...known, 'completion']
  );
  return (
    <Field step={3} label={trans.__('Handler')}>
      {id => (
        <Select
          id={id}
          value={choices.handler}
          options={[
            {
              value: '',
              label: estimate
                ? trans.__("the model's own: %1", estimate.handler)
                : trans.__("the model's own")
            },
            ...[...offered].map(handler => ({
              value: handler,
              label: words[handler]
            }))
          ]}
          onChange={handler => launch.choose({ handler })}
        />
      )}
    </Field>
  );
}

/**
 * The fourth step: who computes, and in which precision.
 */
export function RuntimeStep(props: {
  launch: LaunchModel;
  engines: EngineAvailability[];
}): React.ReactElement {
  const { trans } = useView();
  const { launch, engines } = props;
  const { estimate, choices } = launch;
  return (
    <Field
      step={4}
      label={trans.__('Runtime')}
      note={trans.__('Built-in: the Python environment of this server.')}
    >
      {id => (
        <div className="jp-sw-Launch-row">
          <Select
            id={id}
            value={choices.engine}
            options={[
              auto(choices.engine, estimate?.engine, trans),
              ...engines
                .filter(({ version }) => version !== null)
                .map(({ name, version }) => ({
                  value: name,
                  label: version ? `${name} ${version}` : name
                }))
            ]}
            onChange={engine => launch.choose({ engine: engine as Engine })}
          />
          {(estimate === null ||
            estimate.precisions.length > 0 ||
            choices.precision !== 'auto') && (
            <Select
              label={trans.__('Precision')}
              value={choices.precision}
              options={[
                auto(choices.precision, estimate?.parts?.dtype, trans),
                ...PRECISIONS.map(value => ({ value, label: value }))
              ]}
              onChange={value => launch.choose({ precision: value })}
            />
          )}
        </div>
      )}
    </Field>
  );
}

/**
 * Leaves a choice to the server; says what it takes while that is chosen.
 */
function auto(
  chosen: string,
  taken: string | null | undefined,
  trans: TranslationBundle
): IOption {
  return {
    value: 'auto',
    label:
      taken && chosen === 'auto'
        ? trans.__('auto: %1', taken)
        : trans.__('auto')
  };
}
