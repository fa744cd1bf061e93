import React from 'react';

import { useView } from '../context';
import { StateChip } from '../jobs/chip';
import { TimeLeft, urgency } from '../jobs/countdown';
import { ExtendButton } from '../jobs/extendbutton';
import { hasEnded, secondsLeft } from '../jobs/state';
import type { Job } from '../schema';
import type { ChatModel } from './model';

/**
 * The parts of a chat tab that can be shown and hidden.
 */
export interface IShown {
  list: boolean;
  settings: boolean;
}

/**
 * Whose conversation it is, how long the model stays, and what else can be done.
 */
export function Header(props: {
  job: Job;
  model: ChatModel;
  shown: IShown;
  onShow: (shown: IShown) => void;

  /** Open a menu with the rest, below what was clicked. */
  onMore: (anchor: Element) => void;
}): React.ReactElement {
  const { job, model, shown, onShow, onMore } = props;
  const { trans, clock } = useView();
  const left = secondsLeft(job, clock.now());
  return (
    <header className="jp-sw-Chat-header">
      <button
        className="jp-sw-Button jp-mod-quiet"
        aria-expanded={shown.list}
        title={trans.__('The conversations with this job')}
        onClick={() => onShow({ ...shown, list: !shown.list })}
      >
        {trans.__('Chats')}
      </button>
      <h2 title={job.model}>{job.name}</h2>
      <StateChip job={job} />
      {urgency(left) === 'calm' && <TimeLeft job={job} />}
      <ExtendButton job={job} quiet />
      <span className="jp-sw-Chat-headerEnd">
        <button
          className="jp-sw-Button jp-mod-quiet"
          aria-expanded={shown.settings}
          disabled={model.chat === null || hasEnded(job)}
          onClick={() => onShow({ ...shown, settings: !shown.settings })}
        >
          {trans.__('Settings')}
        </button>
        <button
          className="jp-sw-IconButton"
          title={trans.__('Copy, export, import, go on elsewhere, clear')}
          aria-label={trans.__('More')}
          aria-haspopup="menu"
          onClick={event => onMore(event.currentTarget)}
        >
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="M3.5 8h.01M8 8h.01M12.5 8h.01" />
          </svg>
        </button>
      </span>
    </header>
  );
}
