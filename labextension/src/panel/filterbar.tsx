import React from 'react';

import { useView } from '../context';
import type { IJobFilter } from '../jobs/filter';
import { stateWord } from '../jobs/words';
import type { Job } from '../schema';

/**
 * Chooses the jobs that are shown; by state and project only where there are several.
 */
export function FilterBar(props: {
  filter: IJobFilter;
  projects: string[];
  states: Job['state'][];
  onChange: (filter: IJobFilter) => void;
}): React.ReactElement {
  const { filter, projects, states, onChange } = props;
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
      {(states.length > 1 || filter.state !== '') && (
        <select
          value={filter.state}
          aria-label={trans.__('State')}
          onChange={event =>
            onChange({
              ...filter,
              state: event.target.value as IJobFilter['state']
            })
          }
        >
          <option value="">{trans.__('Any state')}</option>
          {states.map(state => (
            <option key={state} value={state}>
              {stateWord(state, trans)}
            </option>
          ))}
        </select>
      )}
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
