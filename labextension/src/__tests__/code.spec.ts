import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it, vi } from 'vitest';

import { addCodeVerbs } from '../chat/codebar';

const trans = nullTranslator.load('');

describe('addCodeVerbs', () => {
  it('offers what can be done below each block of code, and gives the code alone', () => {
    vi.useFakeTimers();
    const host = document.createElement('div');
    host.innerHTML =
      '<p>Try <code>x</code>:</p><pre><code>print(1)\n</code></pre><pre>2</pre>';
    const copy = vi.fn();
    const insert = vi.fn();
    addCodeVerbs(
      host,
      [
        { label: 'Copy', title: 'Copy this code', done: 'Copied', run: copy },
        { label: 'Insert', title: 'Insert this code', run: insert }
      ],
      trans
    );
    const bars = host.querySelectorAll('[role="group"]');
    expect(bars).toHaveLength(2);
    expect(bars[0].previousElementSibling?.tagName).toBe('PRE');
    const [first, second] = bars[0].querySelectorAll('button');
    expect(first.title).toBe('Copy this code');
    first.click();
    expect(copy).toHaveBeenCalledWith('print(1)\n');
    expect(first.textContent).toBe('Copied');
    vi.runAllTimers();
    expect(first.textContent).toBe('Copy');
    second.click();
    expect(insert).toHaveBeenCalledWith('print(1)\n');
    vi.useRealTimers();
  });
});
