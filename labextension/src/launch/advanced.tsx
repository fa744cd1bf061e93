import React from 'react';

import { useView } from '../context';
import { Field } from './field';
import type { LaunchModel } from './model';
import { Replies } from './replies';

/** Its name on the server, the same in every language. */
const DEFAULT_PROJECT = 'default';

/** There is one form. */
const PROJECTS = 'jp-sw-Launch-projects';

/**
 * What few runs need.
 */
export function Advanced(props: { launch: LaunchModel }): React.ReactElement {
  const { trans } = useView();
  const { launch } = props;
  const { choices, estimate, projects } = launch;
  return (
    <details className="jp-sw-Launch-more">
      <summary>
        {trans.__('Context, adapter, offload, replies, name, project, comment')}
      </summary>
      <Field label={trans.__('Context')}>
        {id => (
          <input
            id={id}
            type="number"
            min={64}
            max={4194304}
            placeholder={
              estimate?.context
                ? trans.__('%1 tokens', estimate.context)
                : trans.__('tokens a conversation may have')
            }
            value={choices.context}
            onChange={event => launch.choose({ context: event.target.value })}
          />
        )}
      </Field>
      <Field label={trans.__('Adapter')}>
        {id => (
          <input
            id={id}
            maxLength={512}
            placeholder={trans.__('LoRA: a folder, or hf://org/repo')}
            value={choices.adapter}
            onChange={event => launch.choose({ adapter: event.target.value })}
          />
        )}
      </Field>
      <Field label={trans.__('Offload')}>
        {id => (
          <input
            id={id}
            type="number"
            min={0}
            step="any"
            placeholder={trans.__("GiB of it to keep in the CPU's memory")}
            value={choices.offload}
            onChange={event => launch.choose({ offload: event.target.value })}
          />
        )}
      </Field>
      <Replies launch={launch} />
      <Field label={trans.__('Name')}>
        {id => (
          <input
            id={id}
            maxLength={80}
            placeholder={estimate?.name ?? ''}
            value={choices.name}
            onChange={event => launch.choose({ name: event.target.value })}
          />
        )}
      </Field>
      <Field label={trans.__('Project')}>
        {id => (
          <>
            <input
              id={id}
              maxLength={80}
              list={PROJECTS}
              placeholder={DEFAULT_PROJECT}
              value={choices.project}
              onChange={event => launch.choose({ project: event.target.value })}
            />
            <datalist id={PROJECTS}>
              {projects.map(project => (
                <option key={project} value={project} />
              ))}
            </datalist>
          </>
        )}
      </Field>
      <Field label={trans.__('Comment')}>
        {id => (
          <input
            id={id}
            maxLength={2000}
            value={choices.comment}
            onChange={event => launch.choose({ comment: event.target.value })}
          />
        )}
      </Field>
    </details>
  );
}
