import React, { useState } from 'react';

import { Command } from '../command';
import { useView } from '../context';
import { isServed } from '../jobs/state';
import type { Job } from '../schema';
import {
  endpointOf,
  type ISnippet,
  snippetsOf,
  TOKEN_VARIABLE
} from './snippets';

/**
 * Where a job is spoken to, and lines that do it.
 */
export function Connect(props: { job: Job; door: string }): React.ReactElement {
  const { trans } = useView();
  const { job, door } = props;
  const [chosen, setChosen] = useState<ISnippet['id']>('curl');
  if (!isServed(job)) {
    return (
      <p className="jp-sw-JobPage-quiet">
        {trans.__(
          'This model lives in a kernel, as objects there: no server answers for it. Run it with %sw run to have an endpoint.'
        )}
      </p>
    );
  }
  const snippets = snippetsOf(door, job);
  const snippet = snippets.find(({ id }) => id === chosen) ?? snippets[0];
  const words: Record<ISnippet['id'], string> = {
    curl: 'curl',
    requests: 'Python requests',
    openai: trans.__('openai client'),
    jupyter_sw: trans.__('here, without a token')
  };
  return (
    <section className="jp-sw-Connect">
      <h3>{trans.__('Endpoint')}</h3>
      <Command lines={[endpointOf(door, job)]} />
      <p>
        {job.state === 'running'
          ? trans.__("Any client of OpenAI's API can talk to it.")
          : trans.__(
              "It answers while the job runs, any client of OpenAI's API."
            )}
      </p>
      <h3 id={`jp-sw-snippets-${job.id}`}>{trans.__('From a program')}</h3>
      <div
        className="jp-sw-Choice"
        role="radiogroup"
        aria-labelledby={`jp-sw-snippets-${job.id}`}
      >
        {snippets.map(({ id }) => (
          <label key={id}>
            <input
              type="radio"
              name={`jp-sw-snippet-${job.id}`}
              checked={id === snippet.id}
              onChange={() => setChosen(id)}
            />
            <span>{words[id]}</span>
          </label>
        ))}
      </div>
      <Command key={snippet.id} lines={snippet.lines} />
      <p>
        {snippet.id === 'jupyter_sw'
          ? trans.__(
              'In a notebook or a terminal of this server: it finds the server and its token by itself.'
            )
          : trans.__(
              '%1 is yours to set: the token of this Jupyter Server, which the command below tells, or on a hub a token of your account. Keep it out of notebooks.',
              TOKEN_VARIABLE
            )}
      </p>
      {snippet.id !== 'jupyter_sw' && (
        <Command lines={['jupyter server list']} />
      )}
    </section>
  );
}
