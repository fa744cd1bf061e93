import {
  hardenAnchorLinks,
  type IRenderMime,
  type IRenderMimeRegistry
} from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { IViewContext } from '../context';
import type { IMarkdown, MarkdownFactory } from './bubble';
import type { ICodeVerb } from './code';
import { addCodeVerbs } from './codebar';
import { nextFrame, Pace } from './pace';
import { cut } from './pieces';

const MIME = 'text/markdown';

/** A rendering that takes longer, in milliseconds, is followed by a rest as long as it took. */
const SLOW = 12;

/** Code that is being written is given its colours in a twentieth of the time at most. */
const COLOURLESS = 20;

/** What MathJax looks for. */
const MATHEMATICS = /\$|\\[([]|\\begin\{/;

/** Diagrams that are not whole cannot be drawn: what is there of them is shown as text. */
const OPEN_DIAGRAM = /^( {0,3}(?:`{3,}|~{3,}) *)mermaid(?=\s*$)/m;

/**
 * A piece of the text and what shows it.
 */
interface IPiece {
  text: string;
  nodes: readonly ChildNode[];
}

/**
 * Markdown that grows: a frame draws only the pieces that are new, the latest text is always shown
 * at last. Model output is untrusted, so it is sanitized.
 */
class Markdown implements IMarkdown {
  constructor(
    private readonly _options: {
      host: HTMLElement;
      rendermime: IRenderMimeRegistry;
      trans: TranslationBundle;
      pace: Pace;

      /** What can be done with code. */
      codeVerbs: readonly ICodeVerb[];
    }
  ) {
    // It is never attached: what it has drawn is taken from it.
    this._renderer = _options.rendermime.createRenderer(MIME);
    this._node.className = this._renderer.node.className;
    this._node.dataset.mimeType = MIME;
    _options.host.append(this._node);
  }

  update(text: string): void {
    this._wanted = text;
    this._wake?.();
    this._rendering ??= this._render().finally(() => {
      this._rendering = null;
    });
  }

  dispose(): void {
    this._disposed = true;
    this._renderer.dispose();
  }

  private async _render(): Promise<void> {
    while (
      !this._disposed &&
      (this._shown !== this._wanted || this._isColourless)
    ) {
      const text = this._wanted;
      const isNew = this._shown !== text;
      const now = performance.now();
      const waits = now < this._colourAt;
      if (isNew && waits && this._addCode(text)) {
        this._shown = text;
        await nextFrame();
      } else if (now >= this._drawAt && (isNew || !waits)) {
        await this._draw(text);
        this._shown = text;
        await nextFrame();
      } else {
        await this._sleep((isNew ? this._drawAt : this._colourAt) - now);
      }
    }
  }

  /**
   * Wait for some milliseconds, or for more text.
   */
  private _sleep(milliseconds: number): Promise<void> {
    return new Promise(resolve => {
      this._wake = resolve;
      setTimeout(resolve, milliseconds);
    });
  }

  private async _draw(text: string): Promise<void> {
    const { pace } = this._options;
    const { pieces, code } = cut(text);
    const last = pieces.length - 1;
    const kept = pieces.findIndex(
      (piece, i) => this._pieces[i]?.text !== piece
    );
    for (let i = kept < 0 ? pieces.length : kept; i <= last; i++) {
      await pace.do(() =>
        this._drawPiece(i, pieces[i], i === last && code !== null)
      );
    }
    this._remove(pieces.length);
    this._isColourless = false;
  }

  /**
   * Draw a piece in place of what was there from it on.
   */
  private async _drawPiece(
    i: number,
    text: string,
    isOpen: boolean
  ): Promise<void> {
    if (this._disposed) {
      return;
    }
    const began = performance.now();
    const { rendermime, trans, codeVerbs } = this._options;
    const data = { [MIME]: isOpen ? text.replace(OPEN_DIAGRAM, '$1') : text };
    await this._renderer.renderModel(
      rendermime.createModel({ data, trusted: false })
    );
    if (this._disposed) {
      return;
    }
    addCodeVerbs(this._renderer.node, codeVerbs, trans);
    const nodes = [...this._renderer.node.childNodes];
    this._remove(i);
    this._node.append(...nodes);
    this._pieces.push({ text, nodes });
    await typeset(nodes, rendermime.latexTypesetter);
    const now = performance.now();
    const took = now - began;
    this._drawAt = took > SLOW ? now + took : now;
    this._colourAt = now + COLOURLESS * took;
  }

  /**
   * Show code that has come as it is, until a later rendering gives it its colours: that takes the
   * longer, the more code there is. Tells whether it could.
   */
  private _addCode(text: string): boolean {
    const { pieces, code } = cut(text);
    const last = this._pieces[this._pieces.length - 1];
    const block = last?.nodes.filter(isCode).pop()?.querySelector('code');
    if (code === null || !block || this._pieces.length !== pieces.length) {
      return false;
    }
    const whole = text.slice(code);
    const shown = block.textContent ?? '';
    if (!whole.startsWith(shown)) {
      return false;
    }
    block.append(whole.slice(shown.length));
    last.text = '';
    this._isColourless = true;
    return true;
  }

  private _remove(from: number): void {
    for (const { nodes } of this._pieces.splice(from)) {
      nodes.forEach(node => node.remove());
    }
  }

  private readonly _renderer: IRenderMime.IRenderer;
  private readonly _node = document.createElement('div');
  private readonly _pieces: IPiece[] = [];
  private _wanted = '';
  private _shown: string | null = null;
  private _isColourless = false;
  private _drawAt = 0;
  private _colourAt = 0;
  private _wake: (() => void) | null = null;
  private _rendering: Promise<void> | null = null;
  private _disposed = false;
}

function isCode(node: ChildNode): node is HTMLPreElement {
  return node instanceof HTMLPreElement;
}

/**
 * Set what there is of mathematics; where there is none, looking for it would cost as much.
 */
async function typeset(
  nodes: readonly ChildNode[],
  typesetter: IRenderMime.ILatexTypesetter | null
): Promise<void> {
  for (const node of nodes) {
    if (
      node instanceof HTMLElement &&
      !isCode(node) &&
      MATHEMATICS.test(node.textContent ?? '')
    ) {
      await typesetter?.typeset(node);
      hardenAnchorLinks(node);
    }
  }
}

/**
 * What makes the Markdown of a tab, with what can be done with code.
 */
export function markdownFactory(options: {
  rendermime: IRenderMimeRegistry;

  /** What can be done with code besides copying it. */
  codeVerbs: readonly ICodeVerb[];
  view: Pick<IViewContext, 'trans' | 'copy'>;
}): MarkdownFactory {
  const { rendermime, view } = options;
  const { trans, copy } = view;
  const codeVerbs: ICodeVerb[] = [
    {
      label: trans.__('Copy'),
      title: trans.__('Copy this code'),
      done: trans.__('Copied'),
      run: copy
    },
    ...options.codeVerbs
  ];
  const pace = new Pace();
  // MathJax is loaded with the first tab, not in the middle of an answer.
  void rendermime.latexTypesetter?.typeset(document.createElement('div'));
  return host => new Markdown({ host, rendermime, trans, pace, codeVerbs });
}
