import React from 'react';

import { useView } from '../context';
import { formatBytes, formatParameters } from '../format';
import { formatCount } from '../locale';
import type { ModelInfo, ModelVersion } from '../schema';
import { Field, Select } from './field';
import type { LaunchModel } from './model';
import { ModelField } from './modelfield';

/**
 * The second step: which model, in which version.
 */
export function ModelStep(props: { launch: LaunchModel }): React.ReactElement {
  const { trans } = useView();
  const { launch } = props;
  const { choices, models, info } = launch;
  const versions = info?.versions ?? [];
  return (
    <Field
      step={2}
      label={trans.__('Model')}
      note={info && <About model={info} />}
    >
      {id => (
        <>
          <ModelField
            id={id}
            value={choices.model}
            models={models ?? []}
            onChange={model => launch.choose({ model })}
          />
          {(versions.length > 1 || isElsewhere(choices.version, versions)) && (
            <Select
              label={trans.__('Version')}
              value={choices.version}
              options={[
                { value: '', label: trans.__('newest on this machine') },
                ...versions.map(version => ({
                  value: version.version,
                  label: versionLabel(version, trans.__('on this machine'))
                }))
              ]}
              onChange={version => launch.choose({ version })}
            />
          )}
        </>
      )}
    </Field>
  );
}

/** Whether a version was chosen that is not among those of the list. */
function isElsewhere(chosen: string, versions: ModelVersion[]): boolean {
  return chosen !== '' && !versions.some(({ version }) => version === chosen);
}

function versionLabel(version: ModelVersion, here: string): string {
  const { short, tags, format, bytes, cached } = version;
  const tag = tags.filter(each => each !== short).join(', ');
  return [
    tag ? `${short} (${tag})` : short,
    format,
    bytes === null ? '' : formatBytes(bytes),
    cached ? here : ''
  ]
    .filter(Boolean)
    .join(' · ');
}

function About(props: { model: ModelInfo }): React.ReactElement {
  const { trans } = useView();
  const { model } = props;
  const { parameters, context } = model;
  const facts = [
    model.title,
    parameters ? formatParameters(parameters) : '',
    context ? trans.__('%1 tokens', formatCount(context)) : ''
  ].filter(Boolean);
  return (
    <>
      {facts.join(' · ')}
      {model.license && (
        <>
          {' · '}
          {model.license_url ? (
            <a href={model.license_url} target="_blank" rel="noreferrer">
              {model.gated
                ? trans.__('%1, accept it there first', model.license)
                : model.license}
            </a>
          ) : (
            model.license
          )}
        </>
      )}
    </>
  );
}
