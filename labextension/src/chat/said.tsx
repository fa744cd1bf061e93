import React, { useMemo } from 'react';

import { useView } from '../context';
import { type IAttached, lineCount, takeApart } from './attached';

/**
 * A person's message; what went with it is folded.
 */
export const Said = React.memo(function Said(props: {
  content: string;
}): React.ReactElement {
  const { content } = props;
  const { trans } = useView();
  const { text, attached } = useMemo(
    () => takeApart(content, trans),
    [content, trans]
  );
  return (
    <div
      className="jp-sw-Said-text"
      role="article"
      aria-label={trans.__('You')}
    >
      {text}
      {attached.map((item, i) => (
        <Attached key={i} item={item} />
      ))}
    </div>
  );
});

function Attached(props: { item: IAttached }): React.ReactElement {
  const { item } = props;
  const { trans } = useView();
  const lines = lineCount(item);
  return (
    <details className="jp-sw-Attached">
      <summary>
        <span title={item.title}>{item.title}</span>
        <small>{trans._n('%1 line', '%1 lines', lines)}</small>
      </summary>
      {item.blocks.map(({ label, code }, i) => (
        <React.Fragment key={i}>
          {label && <p>{label}</p>}
          <pre tabIndex={0}>
            <code>{code}</code>
          </pre>
        </React.Fragment>
      ))}
    </details>
  );
}
