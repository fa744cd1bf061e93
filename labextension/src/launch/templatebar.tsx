import React from 'react';

import { useView } from '../context';
import { Field, Select } from './field';
import type { LaunchModel } from './model';

/** Loaded when first asked for, as JupyterLab's dialogs need all of it. */
const dialogs = (): Promise<typeof import('./templatedialogs')> =>
  import('./templatedialogs');

/**
 * Fills the form from a template; nothing where there is none.
 */
export function TemplateBar(props: {
  launch: LaunchModel;
}): React.ReactElement | null {
  const { trans } = useView();
  const { launch } = props;
  const { templates, choices } = launch;
  if (!templates || templates.own.length === 0) {
    return null;
  }
  const current = templates.of(choices);
  const use = (name: string): void => {
    const chosen = templates.use(name);
    if (chosen) {
      launch.choose(chosen);
    }
  };
  return (
    <Field label={trans.__('Template')}>
      {id => (
        <div className="jp-sw-Launch-row">
          <Select
            id={id}
            value={current ?? ''}
            options={[
              ...(current === undefined
                ? [{ value: '', label: trans.__('Own choices') }]
                : []),
              ...templates.own.map(({ name }) => ({ value: name, label: name }))
            ]}
            onChange={use}
          />
          {current !== undefined && (
            <button
              type="button"
              className="jp-sw-Button"
              title={trans.__('Delete the template %1…', current)}
              onClick={() =>
                void dialogs().then(({ removeTemplate }) =>
                  removeTemplate(templates, current, trans)
                )
              }
            >
              {trans.__('Delete')}
            </button>
          )}
        </div>
      )}
    </Field>
  );
}

/**
 * Keeps what the form chooses as a template.
 */
export function SaveTemplate(props: {
  launch: LaunchModel;
}): React.ReactElement | null {
  const { trans } = useView();
  const { templates, choices } = props.launch;
  return templates?.canSave ? (
    <button
      type="button"
      className="jp-sw-Button jp-mod-quiet"
      disabled={!choices.model.trim()}
      onClick={() =>
        void dialogs().then(({ saveTemplate }) =>
          saveTemplate({ templates, choices, text: templates.used, trans })
        )
      }
    >
      {trans.__('Save as template…')}
    </button>
  ) : null;
}
