import React from 'react';

import { useView } from '../context';
import { useBeat } from '../hooks';
import { hasEnded, holdsMemory } from '../jobs/state';
import type { Job } from '../schema';
import { Chart } from './chart';
import { spanOf } from './geometry';
import type { ISample } from './history';
import { chartsOf } from './series';

/**
 * What a job does, drawn from the figures that its events brought; it asks nothing.
 */
export function Charts(props: {
  job: Job;
  samples: readonly ISample[];
}): React.ReactElement {
  const { trans, clock, visible, actions } = useView();
  const { job, samples } = props;
  const lives = holdsMemory(job);
  const present = useBeat(clock, visible && lives);
  if (!lives && samples.length === 0) {
    return (
      <div className="jp-sw-Charts jp-mod-none">
        {hasEnded(job) ? (
          trans.__(
            'Figures are drawn while a job runs, and this one has ended.'
          )
        ) : (
          <>
            {trans.__('Figures are drawn from the moment it loads.')}{' '}
            <button
              className="jp-sw-Button jp-mod-quiet"
              onClick={() => actions.logs(job)}
            >
              {trans.__('Show its log')}
            </button>
          </>
        )}
      </div>
    );
  }
  const last = samples[samples.length - 1]?.time ?? present;
  const to = lives ? present : last;
  const first = samples[0]?.time ?? to;
  const from = to - spanOf(to - first);
  return (
    <div className="jp-sw-Charts">
      {chartsOf(job, samples, to, trans).map(chart => (
        <Chart key={chart.id} chart={chart} from={from} to={to} />
      ))}
    </div>
  );
}
