import React from 'react';

import { useChanges } from '../hooks';
import type { Level } from './model';
import type { ILogPart } from './part';
import { SearchField } from './searchfield';

/**
 * What a person can do with a log.
 */
export function LogToolbar(props: ILogPart): React.ReactElement {
  const { view, trans } = props;
  useChanges(view);
  const { preferences } = view;
  return (
    <div
      className="jp-sw-Log-toolbar"
      role="toolbar"
      aria-label={trans.__('Log')}
    >
      <SearchField {...props} />
      <select
        value={view.level}
        aria-label={trans.__('Level')}
        title={trans.__('Show lines of this level')}
        onChange={event => {
          view.level = event.target.value as Level;
        }}
      >
        <option value="all">{trans.__('All lines')}</option>
        <option value="warnings">{trans.__('Warnings and errors')}</option>
        <option value="errors">{trans.__('Errors')}</option>
      </select>
      <Toggle
        label={trans.__('Time')}
        title={trans.__('Show when each line was written')}
        on={preferences.times}
        onChange={on => {
          preferences.times = on;
        }}
      />
      <Toggle
        label={trans.__('Wrap')}
        title={trans.__('Wrap long lines')}
        on={preferences.wrap}
        onChange={on => {
          preferences.wrap = on;
        }}
      />
      <Download {...props} />
    </div>
  );
}

/**
 * The whole log as a file, streamed by the browser.
 */
export function Download(props: ILogPart): React.ReactElement {
  const { view, trans } = props;
  return (
    <a
      className="jp-sw-Button"
      href={view.download}
      download=""
      title={trans.__('Save the whole log as a file')}
    >
      {trans.__('Download')}
    </a>
  );
}

function Toggle(props: {
  label: string;
  title: string;
  on: boolean;
  onChange: (on: boolean) => void;
}): React.ReactElement {
  const { label, title, on, onChange } = props;
  return (
    <button
      type="button"
      className="jp-sw-Button"
      aria-pressed={on}
      title={title}
      onClick={() => onChange(!on)}
    >
      {label}
    </button>
  );
}
