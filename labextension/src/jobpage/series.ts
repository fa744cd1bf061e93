import type { TranslationBundle } from '@jupyterlab/translation';

import { formatBytes } from '../format';
import { holdsMemory } from '../jobs/state';
import type { Job, JobMetrics } from '../schema';
import type { IChart, ILine } from './chart';
import { roundUp } from './geometry';
import type { ISample } from './history';

/** The upper edge of a chart is so much above its bound. */
const HEADROOM = 1.08;

/**
 * The charts of a job: what it holds, how fast it is, who waits.
 *
 * The samples are followed by what the job does now, so a job that is quiet has a line, too.
 */
export function chartsOf(
  job: Job,
  samples: readonly ISample[],
  now: number,
  trans: TranslationBundle
): IChart[] {
  const present: ISample[] = holdsMemory(job)
    ? [{ time: now, metrics: job.metrics }]
    : [];
  const all = [...samples, ...present];
  const line = (
    read: (metrics: JobMetrics) => number | null,
    label?: string
  ): ILine => ({
    label,
    points: all.map(({ time, metrics }) => ({
      time,
      value: metrics && read(metrics)
    }))
  });
  const granted = job.grant.reduce((sum, { bytes }) => sum + bytes, 0);
  const bytes = (value: number): string => formatBytes(value);
  return [
    {
      id: 'memory',
      title: trans.__('Memory'),
      lines: [line(({ memory }) => memory)],
      format: bytes,
      top: most => HEADROOM * Math.max(most, granted, 1),
      bound:
        granted > 0 ? { value: granted, label: trans.__('granted') } : undefined
    },
    {
      id: 'speed',
      title: trans.__('Speed'),
      // While nobody asks, the worker tells no speed: that is none, not an unknown one.
      lines: [
        line(({ tokens_per_second, running }) =>
          running === 0 ? (tokens_per_second ?? 0) : tokens_per_second
        )
      ],
      format: value =>
        trans.__('%1 tok/s', value < 10 ? trim(value) : Math.round(value)),
      top: roundUp
    },
    {
      id: 'requests',
      title: trans.__('Requests'),
      lines: [
        line(({ running }) => running, trans.__('running')),
        line(({ waiting }) => waiting, trans.__('queued'))
      ],
      format: String,
      top: roundUp
    }
  ];
}

function trim(value: number): string {
  return value.toFixed(1).replace('.0', '');
}
