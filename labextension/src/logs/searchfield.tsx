import React, { useEffect, useState } from 'react';

import { useChanges } from '../hooks';
import type { ILogPart } from './part';

/** Milliseconds without a key after which a search begins. */
const PAUSE = 150;

/**
 * Finds lines: Enter goes to the next one, Shift+Enter to the one before, Escape back to the log.
 */
export function SearchField(props: ILogPart): React.ReactElement {
  const { view, trans } = props;
  const [text, setText] = useState('');
  useChanges(view);
  const { pattern, count, place } = view.model.search;

  useEffect(() => {
    const timer = setTimeout(() => {
      if (text !== '' || view.model.search.pattern) {
        view.search(text);
      }
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [view, text]);

  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.key === 'Enter') {
      event.preventDefault();
      view.step(event.shiftKey ? -1 : 1);
    } else if (event.key === 'Escape') {
      event.preventDefault();
      setText('');
      view.focusLines();
    }
  };

  const found = place
    ? trans._n('%2 of %1 line', '%2 of %1 lines', count, place)
    : trans._n('%1 line', '%1 lines', count);
  return (
    <div className="jp-sw-Log-search" role="search">
      <input
        type="search"
        value={text}
        placeholder={trans.__('Search')}
        aria-label={trans.__('Search the log')}
        onChange={event => setText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      {pattern && (
        <>
          <span className="jp-sw-Log-count">{found}</span>
          <Step {...props} by={-1} label={trans.__('Previous line')} />
          <Step {...props} by={1} label={trans.__('Next line')} />
        </>
      )}
      {/* Said for a search or a step, not for each line that comes. */}
      <Said key={`${pattern?.source}:${place}`} text={pattern ? found : ''} />
    </div>
  );
}

function Said(props: { text: string }): React.ReactElement {
  const [first] = useState(props.text);
  return (
    <span className="jp-sw-Hidden" role="status">
      {first}
    </span>
  );
}

function Step(
  props: ILogPart & { by: 1 | -1; label: string }
): React.ReactElement {
  const { view, by, label } = props;
  return (
    <button
      type="button"
      className="jp-sw-IconButton"
      aria-label={label}
      title={label}
      disabled={view.model.search.count === 0}
      onClick={() => view.step(by)}
    >
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d={by > 0 ? 'M4 6l4 4 4-4' : 'M4 10l4-4 4 4'} />
      </svg>
    </button>
  );
}
