import React from 'react';

import { useView } from '../context';
import type { Job } from '../schema';
import { urgency } from './countdown';
import { spare, spareLabel, spareTitle } from './extend';
import { secondsLeft } from './state';

/**
 * Puts a job's release off, as far as the server allows; nothing where none is to come.
 */
export function ExtendButton(props: {
  job: Job;
  quiet?: boolean;
}): React.ReactElement | null {
  const { trans, actions, clock, longest } = useView();
  const { job, quiet } = props;
  const left = secondsLeft(job, clock.now());
  if (left === null) {
    return null;
  }
  const limit = longest();
  const seconds = spare(job, limit);
  return (
    <button
      className={quiet ? 'jp-sw-Button jp-mod-quiet' : 'jp-sw-Button'}
      data-urgency={quiet ? undefined : urgency(left)}
      disabled={seconds === 0}
      title={spareTitle(seconds, limit, trans)}
      onClick={() => actions.extend(job)}
    >
      {spareLabel(seconds, trans)}
    </button>
  );
}
