import React, { useState } from 'react';

import { useView } from './context';

/**
 * Lines to type, with a button that copies them and room for others.
 */
export function Command(props: {
  lines: string[];
  children?: React.ReactNode;
}): React.ReactElement {
  const { trans, copy } = useView();
  const [copied, setCopied] = useState(false);
  const text = props.lines.join('\n');
  return (
    <div className="jp-sw-Command">
      <pre>{text}</pre>
      <button
        type="button"
        className="jp-sw-Button"
        onClick={() => {
          copy(text);
          setCopied(true);
        }}
        onBlur={() => setCopied(false)}
      >
        {copied ? trans.__('Copied') : trans.__('Copy')}
      </button>
      {props.children}
    </div>
  );
}

/**
 * The line of a cell, with a button that puts it into the notebook where there is one.
 */
export function CellLine(props: { line: string }): React.ReactElement {
  const { trans, insert } = useView();
  const { line } = props;
  return (
    <Command lines={[line]}>
      {insert && (
        <button
          type="button"
          className="jp-sw-Button"
          title={trans.__('Add a cell with this line to the notebook')}
          onClick={() => insert(line)}
        >
          {trans.__('Insert')}
        </button>
      )}
    </Command>
  );
}
