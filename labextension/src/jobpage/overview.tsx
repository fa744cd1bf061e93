import React from 'react';

import { CellLine } from '../command';
import { useView } from '../context';
import { NotebookLink } from '../jobs/notebook';
import type { Job } from '../schema';
import { Charts } from './charts';
import { factsOf, type IFact, type IFacts } from './facts';
import type { JobPageModel } from './model';
import { Asked } from './states';

/**
 * What a job does, what it is, and how to ask for it again.
 */
export function Overview(props: {
  job: Job;
  model: JobPageModel;
}): React.ReactElement {
  const { trans, clock } = useView();
  const { job, model } = props;
  return (
    <>
      <Charts job={job} samples={model.history.of(job.id)} />
      <div className="jp-sw-Facts">
        {factsOf(job, clock.now(), trans).map(group => (
          <FactGroup key={group.title} group={group} />
        ))}
      </div>
      <section className="jp-sw-JobPage-again">
        <h3>{trans.__('Ask for the same again')}</h3>
        <Asked fetched={model.command} when={againWhen(job)}>
          {line => <CellLine line={line} />}
        </Asked>
      </section>
    </>
  );
}

function FactGroup(props: { group: IFacts }): React.ReactElement {
  const { title, facts } = props.group;
  return (
    <section>
      <h3>{title}</h3>
      <dl>
        {facts.map(fact => (
          <React.Fragment key={fact.label}>
            <dt>{fact.label}</dt>
            <dd title={fact.title || undefined}>
              <Fact fact={fact} />
            </dd>
          </React.Fragment>
        ))}
      </dl>
    </section>
  );
}

function Fact(props: { fact: IFact }): React.ReactElement {
  const { actions } = useView();
  const { text, job, notebook } = props.fact;
  if (notebook !== undefined) {
    return <NotebookLink notebook={notebook} />;
  }
  return job === undefined ? (
    <>{text}</>
  ) : (
    <button className="jp-sw-Link" onClick={() => actions.open({ id: job })}>
      {text}
    </button>
  );
}

/** What of a job its line tells, and what may change. */
function againWhen(job: Job): string {
  const { version, release_after, release_idle, project, comment } = job;
  return [version, release_after, release_idle, project, comment].join('\n');
}
