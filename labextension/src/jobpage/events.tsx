import type { TranslationBundle } from '@jupyterlab/translation';
import React from 'react';

import { useView } from '../context';
import { Glyph } from '../jobs/glyph';
import { DAY, EXACT_CLOCK, formatDate, MOMENT } from '../locale';
import type { JobEvent } from '../schema';
import type { JobPageModel } from './model';
import { Asked } from './states';

/**
 * What happened to a job, and who or what did it.
 */
export function Events(props: { model: JobPageModel }): React.ReactElement {
  const { trans } = useView();
  const { model } = props;
  return (
    <Asked fetched={model.events}>
      {events => (
        <ol className="jp-sw-Events" aria-label={trans.__('Events')}>
          {events.map((event, i) => (
            <Line key={i} event={event} after={events[i - 1]} />
          ))}
        </ol>
      )}
    </Asked>
  );
}

function Line(props: {
  event: JobEvent;
  after: JobEvent | undefined;
}): React.ReactElement {
  const { trans } = useView();
  const { event, after } = props;
  const { time, kind, state, message, cause } = event;
  const date = new Date(time * 1000);
  const day = date.toDateString();
  const isNewDay =
    day !== new Date((after?.time ?? Date.now() / 1000) * 1000).toDateString();
  return (
    <li data-kind={kind} data-state={state}>
      <time dateTime={date.toISOString()} title={formatDate(date, MOMENT)}>
        {isNewDay && `${formatDate(date, DAY)} `}
        {formatDate(date, EXACT_CLOCK)}
      </time>
      <Glyph name={kind === 'warning' ? 'soon' : state} />
      <span className="jp-sw-Events-message">{message}</span>
      {cause && (
        <span className="jp-sw-Events-cause">{causeWord(cause, trans)}</span>
      )}
    </li>
  );
}

/** Who or what did it; what another server tells of stays as it is. */
function causeWord(cause: string, trans: TranslationBundle): string {
  const words: Record<string, string> = {
    user: trans.__('by a person'),
    'release clock': trans.__('by the release clock'),
    'idle clock': trans.__('by the idle clock'),
    worker: trans.__('by the worker'),
    device: trans.__('by the device'),
    server: trans.__('by the server')
  };
  return words[cause] ?? cause;
}
