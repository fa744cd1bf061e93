import React, { useState } from 'react';

import { useView } from '../context';
import { EVERY_JOB, filters, fits, projectsOf, statesOf } from '../jobs/filter';
import { JobGroup } from '../jobs/group';
import { pinnedFirst } from '../jobs/state';
import type { Job } from '../schema';
import { FilterBar } from './filterbar';
import { useSelecting } from './selecting';
import { SelectionBar } from './selectionbar';
import { NoneFits } from './states';

/**
 * The jobs that a person wants to see, those that they pinned first; several can be selected.
 */
export function JobList(props: {
  live: Job[];
  ended: Job[];
}): React.ReactElement {
  const { trans, actions } = useView();
  const [filter, setFilter] = useState(EVERY_JOB);
  const all = [...props.live, ...props.ended];
  const wanted = (jobs: Job[]): Job[] =>
    pinnedFirst(jobs.filter(job => fits(job, filter)));
  const live = wanted(props.live);
  const ended = wanted(props.ended);
  const { chosen, current, clear, root, handlers } = useSelecting(
    [...live, ...ended],
    actions.open
  );
  const selected = new Set(chosen.map(({ id }) => id));
  return (
    <>
      {(all.length > 1 || filters(filter)) && (
        <FilterBar
          filter={filter}
          projects={projectsOf(all)}
          states={statesOf(all, filter.state)}
          onChange={setFilter}
        />
      )}
      {all.length > 0 && live.length + ended.length === 0 && (
        <NoneFits onAll={() => setFilter(EVERY_JOB)} />
      )}
      <div ref={root} {...handlers}>
        {live.length > 0 && (
          <JobGroup
            title={trans.__('Live')}
            jobs={live}
            selected={selected}
            current={current}
          />
        )}
        {ended.length > 0 && (
          <JobGroup
            title={trans.__('Ended')}
            jobs={ended}
            selected={selected}
            current={current}
          >
            <DeleteAll ended={ended} />
          </JobGroup>
        )}
        <SelectionBar jobs={chosen} onClear={clear} />
      </div>
    </>
  );
}

function DeleteAll(props: { ended: Job[] }): React.ReactElement {
  const { trans, actions } = useView();
  const { ended } = props;
  const loose = ended.filter(({ pinned }) => !pinned).length;
  const title =
    loose === 0
      ? trans.__('All of them are pinned')
      : trans._n(
          'Delete this ended job; it can be undone',
          'Delete these %1 ended jobs; it can be undone',
          loose
        );
  const stay = trans.__('Pinned jobs stay.');
  return (
    <button
      className="jp-sw-Button jp-mod-quiet"
      disabled={loose === 0}
      title={0 < loose && loose < ended.length ? `${title}\n${stay}` : title}
      onClick={() => actions.removeAll(ended)}
    >
      {trans.__('Delete all')}
    </button>
  );
}
