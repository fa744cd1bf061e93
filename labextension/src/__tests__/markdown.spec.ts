import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { nullTranslator } from '@jupyterlab/translation';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { IMarkdown } from '../chat/bubble';
import { markdownFactory } from '../chat/markdown';

// The rest of it needs a whole browser.
vi.mock('@jupyterlab/rendermime', () => ({ hardenAnchorLinks: vi.fn() }));

let drawn: string[];
let set: string[];
let host: HTMLElement;
let markdown: IMarkdown;

/** Milliseconds that drawing takes. */
let cost: number;

/** Shows each block as what it is, where the application has a parser and a sanitizer. */
function draw(node: HTMLElement, text: string): void {
  drawn.push(text);
  node.replaceChildren();
  const code = /^\s*```(\w*)\n([\s\S]*?)(?:\n?```\s*)?$/.exec(text);
  if (code) {
    const block = document.createElement('code');
    block.className = code[1];
    block.textContent = code[2];
    const pre = document.createElement('pre');
    pre.append(block);
    node.append(pre);
  } else {
    const paragraph = document.createElement('p');
    paragraph.textContent = text.trim();
    node.append(paragraph);
  }
  vi.setSystemTime(Date.now() + cost);
}

const rendermime = {
  createModel: ({ data }: { data: object }) => data,
  createRenderer: () => {
    const node = document.createElement('div');
    node.className = 'jp-RenderedMarkdown';
    return {
      node,
      renderModel: (data: Record<string, string>) => {
        draw(node, data['text/markdown']);
        return Promise.resolve();
      },
      dispose: () => undefined
    };
  },
  latexTypesetter: {
    typeset: (node: HTMLElement) => set.push(node.textContent ?? '')
  }
} as unknown as IRenderMimeRegistry;

const blocks = (): string[] =>
  [...host.querySelectorAll('p, pre')].map(node => node.textContent ?? '');

/** Let frames pass. */
const frames = (count = 2): Promise<unknown> =>
  vi.advanceTimersByTimeAsync(count * 17);

beforeEach(() => {
  vi.useFakeTimers();
  // What `draw` adds to the clock is seen here, too.
  vi.spyOn(performance, 'now').mockImplementation(() => Date.now());
  drawn = [];
  set = [];
  cost = 0;
  host = document.createElement('div');
  markdown = markdownFactory({
    rendermime,
    codeVerbs: [],
    view: { trans: nullTranslator.load(''), copy: () => undefined }
  })(host);
  set.length = 0;
});

afterEach(() => {
  markdown.dispose();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe('Markdown', () => {
  it('draws only what is new of a text that grows', async () => {
    for (const text of ['One', 'One.\n\nTw', 'One.\n\nTwo.\n\nThr']) {
      markdown.update(text);
      await frames();
    }
    expect(blocks()).toEqual(['One.', 'Two.', 'Thr']);
    expect(drawn).toEqual(['One', 'One.\n\n', 'Tw', 'Two.\n\n', 'Thr']);
    markdown.update('Another.');
    await frames();
    expect(blocks()).toEqual(['Another.']);
  });

  it('shows code as it comes, and gives it its colours later', async () => {
    cost = 10;
    let text = '```python\n';
    for (let line = 0; line < 10; line++) {
      text += `x = ${line}\n`;
      markdown.update(text);
      await frames(1);
      expect(host.querySelector('code')?.textContent).toContain(`x = ${line}`);
    }
    expect(drawn).toHaveLength(1);
    await frames(20);
    expect(drawn).toEqual(['```python\nx = 0\n', text]);
    markdown.update(`${text}\`\`\`\n\nEnd.`);
    await frames(4);
    expect(blocks()[1]).toBe('End.');
    expect(host.querySelectorAll('.jp-sw-CodeBar')).toHaveLength(1);
  });

  it('shows a diagram as text until it is whole', async () => {
    markdown.update('```mermaid\ngraph');
    await frames();
    expect(drawn).toEqual(['```\ngraph']);
    markdown.update('```mermaid\ngraph LR\n```\n');
    await frames(30);
    expect(drawn[drawn.length - 1]).toBe('```mermaid\ngraph LR\n```\n');
  });

  it('sets mathematics, and looks for it nowhere else', async () => {
    markdown.update('Plain.\n\n```sh\necho $HOME\n```\n\nSo $x$.');
    await frames(4);
    expect(set).toEqual(['So $x$.']);
  });

  it('leaves room for frames between the pieces of a long text', async () => {
    cost = 20;
    markdown.update('One.\n\nTwo.\n\nThree.');
    await vi.advanceTimersByTimeAsync(0);
    expect(blocks()).toEqual(['One.']);
    await frames(4);
    expect(blocks()).toEqual(['One.', 'Two.', 'Three.']);
  });
});
