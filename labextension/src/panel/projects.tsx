import React from 'react';

import { useView } from '../context';

/**
 * Chooses the project whose jobs are shown; not there while there is one project only.
 */
export function ProjectFilter(props: {
  all: string[];
  value: string;
  onChange: (project: string) => void;
}): React.ReactElement | null {
  const { trans } = useView();
  const { all, value, onChange } = props;
  if (all.length < 2) {
    return null;
  }
  return (
    <label className="jp-sw-Projects">
      {trans.__('Project')}
      <select
        aria-label={trans.__('Project')}
        value={value}
        onChange={event => onChange(event.target.value)}
      >
        <option value="">{trans.__('All')}</option>
        {all.map(project => (
          <option key={project} value={project}>
            {project}
          </option>
        ))}
      </select>
    </label>
  );
}
