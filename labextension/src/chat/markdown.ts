import type { IRenderMime, IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { TranslationBundle } from '@jupyterlab/translation';
import { MessageLoop } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';

import type { IViewContext } from '../context';
import type { IMarkdown, MarkdownFactory } from './bubble';
import type { ICodeVerb } from './code';
import { addCodeVerbs } from './codebar';

const MIME = 'text/markdown';

/** Milliseconds between two renderings; longer when rendering itself takes long. */
const PAUSE = 100;
const PAUSE_PER_RENDERING = 4;

/**
 * Markdown that grows: one renderer for its whole life, one rendering at a time, the latest text
 * always shown at last. Model output is untrusted, so it is sanitized.
 */
class Markdown implements IMarkdown {
  constructor(
    private readonly _options: {
      host: HTMLElement;
      rendermime: IRenderMimeRegistry;
      trans: TranslationBundle;

      /** What can be done with code. */
      codeVerbs: readonly ICodeVerb[];
    }
  ) {
    this._renderer = _options.rendermime.createRenderer(MIME);
    _options.host.append(this._renderer.node);
  }

  update(text: string): void {
    this._wanted = text;
    this._rendering ??= this._render().finally(() => {
      this._rendering = null;
    });
  }

  dispose(): void {
    this._disposed = true;
    if (this._renderer.isAttached) {
      // React has taken its node away; Lumino would look for it.
      MessageLoop.sendMessage(this._renderer, Widget.Msg.AfterDetach);
    }
    this._renderer.dispose();
  }

  private async _render(): Promise<void> {
    while (!this._disposed && this._shown !== this._wanted) {
      const text = this._wanted;
      const began = performance.now();
      const { rendermime } = this._options;
      await this._renderer.renderModel(
        rendermime.createModel({ data: { [MIME]: text }, trusted: false })
      );
      if (this._disposed) {
        return;
      }
      this._shown = text;
      // The renderer sets its mathematics when it is attached.
      MessageLoop.sendMessage(this._renderer, Widget.Msg.AfterAttach);
      const { trans, codeVerbs } = this._options;
      addCodeVerbs(this._renderer.node, codeVerbs, trans);
      const took = performance.now() - began;
      await new Promise(resolve =>
        setTimeout(resolve, Math.max(PAUSE, PAUSE_PER_RENDERING * took))
      );
    }
  }

  private readonly _renderer: IRenderMime.IRenderer;
  private _wanted = '';
  private _shown: string | null = null;
  private _rendering: Promise<void> | null = null;
  private _disposed = false;
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
  return host => new Markdown({ host, rendermime, trans, codeVerbs });
}
