import { marked } from 'marked';
import { describe, expect, it } from 'vitest';

import { cut } from '../chat/pieces';

const DOCUMENT = `# A title

A paragraph with **bold**
and a second line.

Another
=======

- one

  more of one
- two
  - nested

- three

1. first

   \`\`\`python
   in_the_list = True

   and_on = True
   \`\`\`
2. second

| a | b |
| - | - |
| 1 | 2 |

\`\`\`python
def f():

    return "| no | table |"

# no title
\`\`\`
right after it

~~~
\`\`\`

- no list
~~~

> quoted

> quoted again

    indented code

    goes on

***

The end.`;

const html = (text: string): string =>
  marked
    .parse(text, { async: false })
    .replace(/\s*\n\s*/g, '\n')
    .trim();

function whatItMeans(text: string): string {
  return cut(text).pieces.map(html).filter(Boolean).join('\n');
}

describe('cut', () => {
  it('loses nothing and changes nothing, wherever a text ends', () => {
    for (let end = 0; end <= DOCUMENT.length; end++) {
      const text = DOCUMENT.slice(0, end);
      expect(cut(text).pieces.join('')).toBe(text);
      expect(whatItMeans(text)).toBe(html(text));
    }
    expect(cut(DOCUMENT).pieces.length).toBeGreaterThan(10);
  });

  it('keeps the pieces of a text that grows', () => {
    let known: string[] = [];
    for (let end = 1; end <= DOCUMENT.length; end++) {
      const { pieces } = cut(DOCUMENT.slice(0, end));
      // The last piece that had something in it may go on.
      const sure = known.slice(0, -2);
      expect(pieces.slice(0, sure.length)).toEqual(sure);
      known = pieces;
    }
  });

  it.each([
    ['<details>\n\nhidden\n\n</details>\n\nshown'],
    ['a\n\n<!-- not\n\nshown -->\n\nshown'],
    ['See [the docs][1].\n\nMore.\n\n[1]: https://example.org\n']
  ])('leaves together what belongs together', text => {
    expect(whatItMeans(text)).toBe(html(text));
  });

  it('tells where code begins that goes on', () => {
    const before = 'Look:\n\n```python\n';
    expect(cut(`${before}x = 1\n\ny`).code).toBe(before.length);
    expect(cut(`${before}x = 1\n\`\`\``).code).toBeNull();
    expect(cut(`${before}x = 1\n\`\``).code).toBe(before.length);
    expect(cut('No code.').code).toBeNull();
  });

  it('cuts what a model thinks from what it says', () => {
    expect(cut('<think>\nHm.\n\nOh.\n</think>\n\nHi.').pieces).toHaveLength(3);
  });
});
