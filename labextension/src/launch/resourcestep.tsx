import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { useView } from '../context';
import { formatPart } from '../format';
import type { DeviceFit } from '../schema';
import { Field, type IOption, Select } from './field';
import type { LaunchModel } from './model';

/**
 * The first step: what to run on, with what is free there.
 */
export function ResourceStep(props: {
  launch: LaunchModel;
}): React.ReactElement {
  const { trans } = useView();
  const { launch } = props;
  const devices = launch.estimate?.devices ?? [];
  const { recommended_resources: recommended = [] } = launch.info ?? {};
  return (
    <Field
      step={1}
      label={trans.__('Resource')}
      note={
        recommended.length > 0 &&
        trans.__('Recommended for this model: %1', recommended.join(', '))
      }
    >
      {id => (
        <Select
          id={id}
          value={launch.choices.resource}
          options={resources(devices, trans)}
          onChange={resource => launch.choose({ resource })}
        />
      )}
    </Field>
  );
}

/**
 * Everything that can be asked for here: devices, and several of a kind.
 */
export function resources(
  devices: DeviceFit[],
  trans: TranslationBundle
): IOption[] {
  const gpus = devices.filter(({ kind }) => kind !== 'cpu');
  const labels = [...new Set(gpus.map(({ label }) => label))];
  const several = labels.flatMap(label => {
    const all = gpus.filter(gpu => gpu.label === label);
    return Array.from({ length: all.length - 1 }, (_, index) => ({
      value: `${label}*${index + 2}`,
      label: marked(`${label}*${index + 2}`, all[0], trans)
    }));
  });
  return [
    { value: 'auto', label: trans.__('auto (recommended)') },
    ...devices.map(device => ({
      value: device.device,
      label: marked(deviceLabel(device, trans), device, trans)
    })),
    ...several
  ];
}

function deviceLabel(device: DeviceFit, trans: TranslationBundle): string {
  const [free, total] = formatPart(device.free, device.total);
  const name = device.kind === 'cpu' ? '' : ` · ${device.label}`;
  return `${device.device}${name} · ${trans.__('%1 of %2 free', free, total)}`;
}

function marked(
  text: string,
  device: DeviceFit,
  trans: TranslationBundle
): string {
  return device.simulated ? `${text} (${trans.__('simulated')})` : text;
}
