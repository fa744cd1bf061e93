import React from 'react';

import { useView } from '../context';
import { formatBytes, formatPart } from '../format';
import type { Device, Holder } from '../schema';

/** How many colours the style sheet has for jobs. */
const COLOURS = 5;

/**
 * The devices, each with a bar of who holds its memory.
 */
export function DeviceBars(props: {
  devices: Device[];
  note: string;

  /** Which of the style sheet's colours a job has; counted round when there are more jobs. */
  colourOf: (job: string) => number;
}): React.ReactElement | null {
  const { trans } = useView();
  const { devices, note, colourOf } = props;
  if (devices.length === 0) {
    return null;
  }
  return (
    <section className="jp-sw-Devices" aria-label={trans.__('Devices')}>
      <ul>
        {devices.map(device => (
          <DeviceBar key={device.id} device={device} colourOf={colourOf} />
        ))}
      </ul>
      {note && <p className="jp-sw-Devices-note">{note}</p>}
    </section>
  );
}

function DeviceBar(props: {
  device: Device;
  colourOf: (job: string) => number;
}): React.ReactElement {
  const { trans } = useView();
  const { device, colourOf } = props;
  const [free, total] = formatPart(device.free, device.total);
  const colour = (holder: Holder): number | undefined =>
    holder.job === null ? undefined : colourOf(holder.job) % COLOURS;
  const name = device.simulated
    ? trans.__('%1 (simulated)', device.id)
    : device.id;
  const label = trans.__('%1: %2 of %3 free', name, free, total);
  return (
    <li className="jp-sw-Device" data-device={device.id}>
      <div className="jp-sw-Device-head">
        <span className="jp-sw-Device-id">{device.id}</span>
        <span className="jp-sw-Device-label" title={device.name}>
          {device.label.toLowerCase() === device.id ? '' : device.label}
          {device.simulated && ` ${trans.__('simulated')}`}
        </span>
        <span className="jp-sw-Device-free">
          {trans.__('%1 of %2 free', free, total)}
        </span>
      </div>
      <div
        className="jp-sw-Device-bar"
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={device.total}
        aria-valuenow={device.total - device.free}
        aria-valuetext={label}
      >
        {device.holders.map((holder, i) => (
          <div
            key={i}
            data-colour={colour(holder)}
            style={{ width: `${(100 * holder.bytes) / device.total}%` }}
            title={`${holder.name} ${formatBytes(holder.bytes)}`}
          />
        ))}
      </div>
      {device.holders.length > 0 && (
        <div className="jp-sw-Device-legend">
          {device.holders.map((holder, i) => (
            <span key={i}>
              <span
                className="jp-sw-Swatch"
                data-colour={colour(holder)}
                aria-hidden="true"
              />
              {holder.job === null ? trans.__('others') : holder.name}{' '}
              {formatBytes(holder.bytes)}
            </span>
          ))}
        </div>
      )}
    </li>
  );
}
