import React from 'react';

import { useView } from '../context';
import type { TurnModel } from './turn';

/**
 * What can be done with an exchange; what is undefined cannot be done now.
 */
export interface ITurnVerbs {
  regenerate?: (turn: TurnModel) => void;

  /** Go on from here in a new conversation. */
  branch?: (turn: TurnModel) => void;

  /** Delete it and all after it. */
  remove?: (turn: TurnModel) => void;
}

/**
 * The buttons below an answer.
 */
export function TurnVerbs(props: {
  model: TurnModel;
  verbs: ITurnVerbs;
}): React.ReactElement | null {
  const { model, verbs } = props;
  const { trans, copy } = useView();
  if (model.isRunning) {
    return null;
  }
  const { reply } = model.turn;
  const buttons = [
    reply !== '' && {
      label: trans.__('Copy'),
      title: trans.__('Copy this answer'),
      run: () => copy(reply)
    },
    verbs.regenerate && {
      label: trans.__('Regenerate'),
      title: trans.__('Regenerate'),
      run: verbs.regenerate
    },
    verbs.branch && {
      label: trans.__('Branch'),
      title: trans.__('Branch: go on from here in a new chat'),
      run: verbs.branch
    },
    verbs.remove && {
      label: trans.__('Delete'),
      title: trans.__('Delete from here on'),
      run: verbs.remove
    }
  ];
  return (
    <span className="jp-sw-TurnVerbs">
      {buttons.map(
        button =>
          button && (
            <button
              key={button.label}
              className="jp-sw-Button jp-mod-quiet"
              title={button.title}
              aria-label={button.title}
              onClick={() => button.run(model)}
            >
              {button.label}
            </button>
          )
      )}
    </span>
  );
}
