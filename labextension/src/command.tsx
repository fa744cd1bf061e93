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
