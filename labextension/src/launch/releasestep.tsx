import React from 'react';

import { useView } from '../context';
import { formatDuration } from '../format';
import { Field, type IOption, Select } from './field';
import type { LaunchModel } from './model';

const AFTER = [15 * 60, 30 * 60, 3600, 4 * 3600, 12 * 3600];
const IDLE = [5 * 60, 10 * 60, 30 * 60, 3600];

/**
 * The fifth step: when the memory is given back, within what the server allows.
 */
export function ReleaseStep(props: {
  launch: LaunchModel;
  longest: number | null;
  defaults: { after: number | null; idle: number | null };
}): React.ReactElement {
  const { trans } = useView();
  const { launch, longest, defaults } = props;
  const { release, idle } = launch.choices;
  const bound = longest ?? Infinity;
  const usual = Math.min(defaults.after ?? Infinity, bound);
  return (
    <Field
      step={5}
      label={trans.__('Auto-release')}
      note={
        <>
          {trans.__(
            'Counted from when it runs. You are warned before, and can put it off.'
          )}
          {longest !== null &&
            ` ${trans.__('No job runs longer than %1 here.', formatDuration(longest, trans))}`}
        </>
      }
    >
      {id => (
        <div className="jp-sw-Launch-clocks">
          <span id={`${id}-after`}>{trans.__('after')}</span>
          <Duration
            id={id}
            value={release}
            usual={Number.isFinite(usual) ? usual : null}
            offered={AFTER.filter(seconds => seconds <= bound)}
            never={longest === null}
            onChange={value => launch.choose({ release: value })}
          />
          <span>{trans.__('when idle for')}</span>
          <Duration
            label={trans.__('Auto-release when idle for')}
            value={idle}
            usual={defaults.idle}
            offered={IDLE}
            never
            onChange={value => launch.choose({ idle: value })}
          />
        </div>
      )}
    </Field>
  );
}

function Duration(props: {
  id?: string;
  label?: string;
  value: number | null;

  /** What the server does when nothing is chosen; null is never. */
  usual: number | null;
  offered: number[];
  never: boolean;
  onChange: (value: number | null) => void;
}): React.ReactElement {
  const { trans } = useView();
  const { id, label, value, usual, offered, never, onChange } = props;
  const words = (seconds: number): string =>
    seconds ? formatDuration(seconds, trans) : trans.__('never');
  const others = value !== null && value > 0 ? [...offered, value] : offered;
  const options: IOption[] = [
    { value: '', label: trans.__('default: %1', words(usual ?? 0)) },
    ...[...new Set(others)]
      .sort((a, b) => a - b)
      .map(seconds => ({ value: String(seconds), label: words(seconds) })),
    ...(never || value === 0 ? [{ value: '0', label: words(0) }] : [])
  ];
  return (
    <Select
      id={id}
      label={label}
      value={value === null ? '' : String(value)}
      options={options}
      onChange={text => onChange(text === '' ? null : Number(text))}
    />
  );
}
