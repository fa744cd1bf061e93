import React, { useLayoutEffect, useRef } from 'react';

import { useView } from '../context';
import { useChanges } from '../hooks';
import type { Turn } from '../schema';
import { Figures } from './figures';
import { Said } from './said';
import { TurnTimings } from './timings';
import type { TurnModel } from './turn';
import { type ITurnVerbs, TurnVerbs } from './turnverbs';

/**
 * Something that shows growing Markdown in an element.
 */
export interface IMarkdown {
  update(text: string): void;
  dispose(): void;
}

/**
 * Makes Markdown in an element.
 */
export type MarkdownFactory = (host: HTMLElement) => IMarkdown;

/**
 * One exchange: the person's message and the model's answer.
 */
export const Exchange = React.memo(function Exchange(props: {
  model: TurnModel;
  makeMarkdown: MarkdownFactory;

  /** Tokens per second of the job, for while the answer has no figures of its own. */
  speed: number | null;

  /** Undefined where the conversation can only be read. */
  onEdit?: (turn: TurnModel) => void;
  verbs: ITurnVerbs;
}): React.ReactElement {
  const { model, makeMarkdown, speed, onEdit, verbs } = props;
  const { trans } = useView();
  useChanges(model);
  const { turn } = model;
  return (
    <li className="jp-sw-Exchange" data-turn={turn.n} data-state={turn.state}>
      <div className="jp-sw-Said">
        <Said content={turn.content} />
        {onEdit && !model.isRunning && (
          <button
            className="jp-sw-Button jp-mod-quiet jp-sw-Said-edit"
            onClick={() => onEdit(model)}
          >
            {trans.__('Edit')}
          </button>
        )}
      </div>
      <div
        className="jp-sw-Reply"
        role="article"
        aria-label={trans.__('Answer')}
        aria-busy={model.isRunning}
      >
        <Growing text={turn.reply} make={makeMarkdown} />
        {turn.reply === '' && model.isRunning && (
          <span className="jp-sw-Thinking" aria-label={trans.__('Waiting')} />
        )}
        <Trouble turn={turn} />
        <footer className="jp-sw-Reply-foot">
          <Figures turn={turn} speed={speed} />
          <TurnVerbs model={model} verbs={verbs} />
        </footer>
        <TurnTimings turn={turn} />
      </div>
    </li>
  );
});

/**
 * Markdown whose text grows; drawn outside React, which would compare it all each time.
 */
function Growing(props: {
  text: string;
  make: MarkdownFactory;
}): React.ReactElement {
  const { text, make } = props;
  const host = useRef<HTMLDivElement>(null);
  const markdown = useRef<IMarkdown | null>(null);
  useLayoutEffect(() => {
    if (host.current) {
      markdown.current = make(host.current);
    }
    return () => {
      markdown.current?.dispose();
      markdown.current = null;
    };
  }, [make]);
  useLayoutEffect(() => {
    markdown.current?.update(text);
  }, [text, make]);
  return <div className="jp-sw-Markdown" ref={host} />;
}

/**
 * Why an answer is not what it could be.
 */
function Trouble(props: { turn: Turn }): React.ReactElement | null {
  const { trans } = useView();
  const { turn } = props;
  if (turn.state === 'failed') {
    return (
      <div className="jp-sw-Job-why" role="alert">
        {turn.error?.message ?? trans.__('The answer failed.')}{' '}
        {turn.error?.hint && (
          <span className="jp-sw-Hint">{turn.error.hint}</span>
        )}
      </div>
    );
  }
  return turn.state === 'interrupted' ? (
    <div className="jp-sw-Job-why">
      {trans.__(
        'The model was taken away, or the server stopped, while this was being written.'
      )}
    </div>
  ) : null;
}
