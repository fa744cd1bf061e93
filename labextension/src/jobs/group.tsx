import React, { useState } from 'react';

import { useView } from '../context';
import type { Job } from '../schema';
import { JobCard } from './card';

/** Ended jobs pile up: so many are shown until more are asked for. */
const SHOWN_AT_FIRST = 15;

/**
 * A heading that folds the jobs below it.
 */
export function JobGroup(props: {
  title: string;
  jobs: Job[];
  open?: boolean;

  /** Ids of the selected ones. */
  selected?: ReadonlySet<string>;

  /** The one that the keyboard is at, if it is at one of these. */
  current?: string | null;

  /** What can be done with all of them. */
  children?: React.ReactNode;
}): React.ReactElement {
  const { title, jobs, selected, current, open: openAtFirst = true } = props;
  const { trans } = useView();
  const [open, setOpen] = useState(openAtFirst);
  const [all, setAll] = useState(false);
  const shown = all ? jobs : jobs.slice(0, SHOWN_AT_FIRST);
  // The Tab key comes to one card of each group; the arrow keys go on from there.
  const reached = (shown.find(({ id }) => id === current) ?? shown[0])?.id;
  return (
    <section className="jp-sw-Group" aria-label={title}>
      <div className="jp-sw-Group-header">
        <h3>
          <button aria-expanded={open} onClick={() => setOpen(!open)}>
            <span className="jp-sw-Group-caret" aria-hidden="true" />
            {title}
            <span className="jp-sw-Count">{jobs.length}</span>
          </button>
        </h3>
        {open && props.children}
      </div>
      {open && (
        <ul role="grid" aria-multiselectable aria-label={title}>
          {shown.map(job => (
            <JobCard
              key={job.id}
              job={job}
              selected={selected?.has(job.id)}
              reached={job.id === reached}
            />
          ))}
        </ul>
      )}
      {open && shown.length < jobs.length && (
        <button
          className="jp-sw-Button jp-mod-quiet jp-sw-Group-more"
          onClick={() => setAll(true)}
        >
          {trans._n('Show %1 more', 'Show %1 more', jobs.length - shown.length)}
        </button>
      )}
    </section>
  );
}
