import { ReactWidget, UseSignal } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { HTMLSelect } from '@jupyterlab/ui-components';
import React from 'react';

import type { Level } from './levels';
import type { LogView } from './view';

/**
 * The toolbar's choice of the levels that are shown.
 */
export function makeLevelSelect(
  view: LogView,
  trans: TranslationBundle
): ReactWidget {
  const options: { value: Level; label: string }[] = [
    { value: 'all', label: trans.__('All lines') },
    { value: 'warnings', label: trans.__('Warnings and errors') },
    { value: 'errors', label: trans.__('Errors') }
  ];
  return ReactWidget.create(
    <UseSignal signal={view.changed}>
      {() => (
        <HTMLSelect
          className="jp-sw-Log-level"
          value={view.level}
          aria-label={trans.__('Level')}
          title={trans.__('Show lines of this level')}
          options={options}
          onChange={event => {
            view.level = event.target.value as Level;
          }}
        />
      )}
    </UseSignal>
  );
}
