import React from 'react';

import { useView } from '../context';
import type { IJobFilter } from '../jobs/filter';

/**
 * Chooses the jobs that are shown; projects only where there are some.
 */
export function FilterBar(props: {
  filter: IJobFilter;
  projects: string[];
  onChange: (filter: IJobFilter) => void;
}): React.ReactElement {
  const { filter, projects, onChange } = props;
  const { trans } = useView();
  return (
    <div className="jp-sw-Filter" role="search">
      <input
        type="search"
        value={filter.text}
        placeholder={trans.__('Filter jobs')}
        aria-label={trans.__('Filter jobs')}
        onChange={event => onChange({ ...filter, text: event.target.value })}
      />
      {(projects.length > 1 || filter.project !== '') && (
        <select
          value={filter.project}
          aria-label={trans.__('Project')}
          onChange={event =>
            onChange({ ...filter, project: event.target.value })
          }
        >
          <option value="">{trans.__('All projects')}</option>
          {projects.map(project => (
            <option key={project}>{project}</option>
          ))}
        </select>
      )}
    </div>
  );
}
