import { openSearchPanel, search, searchKeymap } from '@codemirror/search';
import { Compartment, EditorState, Text } from '@codemirror/state';
import { EditorView, keymap } from '@codemirror/view';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import { type ISignal, Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';

import type { Api } from '../api';
import { ApiError } from '../errors';
import { type Level, LevelFilter } from './levels';
import { phrases } from './phrases';
import { cleanLog } from './text';
import { onScroll } from './scrolling';

/** Searching walks all characters, so very long logs keep only their end here. */
const MOST_LINES = 50_000;
const DROP_LINES = 10_000;

/**
 * A job's log: follows its end while it can be seen.
 */
export class LogView extends Widget {
  constructor(private readonly _options: LogView.IOptions) {
    super();
    this.addClass('jp-sw-Log');
    const { trans } = _options;
    const editor = document.createElement('div');
    editor.className = 'jp-sw-Log-editor';
    this._status.className = 'jp-sw-Log-status';
    this._status.setAttribute('role', 'status');
    this._hidden.className = 'jp-sw-Log-none';
    this._hidden.hidden = true;
    this.node.append(this._hidden, editor, this._status);
    this._view = new EditorView({
      parent: editor,
      state: EditorState.create({
        extensions: [
          EditorState.readOnly.of(true),
          EditorState.phrases.of(phrases(trans)),
          EditorView.contentAttributes.of({ 'aria-label': trans.__('Log') }),
          search({ top: true }),
          keymap.of(searchKeymap),
          this._wrapping.of([])
        ]
      })
    });
    onScroll(this._view.scrollDOM, {
      leave: () => {
        this.follow = false;
      },
      reach: () => {
        if (!this._follow) {
          this._follow = true;
          this._changed.emit();
        }
      }
    });
  }

  /** Emitted when `wrap`, `follow` or `level` changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Whether long lines are wrapped. */
  get wrap(): boolean {
    return this._wrap;
  }
  set wrap(wrap: boolean) {
    this._wrap = wrap;
    this._view.dispatch({
      effects: this._wrapping.reconfigure(wrap ? EditorView.lineWrapping : [])
    });
    this._changed.emit();
  }

  /** Whether the view keeps to the end of the log. */
  get follow(): boolean {
    return this._follow;
  }
  set follow(follow: boolean) {
    if (follow) {
      this._toEnd();
    }
    if (follow !== this._follow) {
      this._follow = follow;
      this._changed.emit();
    }
  }

  /** The lines that are shown. */
  get level(): Level {
    return this._level;
  }
  set level(level: Level) {
    this._level = level;
    this._filter = new LevelFilter(level);
    this._view.dispatch({
      changes: {
        from: 0,
        to: this._view.state.doc.length,
        insert:
          this._filter.take(this._whole.toString()) +
          (this._complete ? this._filter.end() : '')
      }
    });
    this._tellHidden();
    this.follow = true;
    this._changed.emit();
  }

  /** Open the search bar. */
  find(): void {
    openSearchPanel(this._view);
  }

  override dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this._stop();
    this._view.destroy();
    Signal.clearData(this);
    super.dispose();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._start();
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._view.requestMeasure();
    this._start();
  }

  // A hidden log holds no connection: browsers allow only six to a server.
  protected override onBeforeHide(message: Message): void {
    this._stop();
    super.onBeforeHide(message);
  }

  protected override onBeforeDetach(message: Message): void {
    this._stop();
    super.onBeforeDetach(message);
  }

  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    this._view.focus();
  }

  private _start(): void {
    if (this._abort || this._complete || !this.isVisible) {
      return;
    }
    this._abort = new AbortController();
    void this._read(this._abort.signal);
  }

  private _stop(): void {
    this._abort?.abort();
    this._abort = null;
  }

  private async _read(signal: AbortSignal): Promise<void> {
    const { api, job, trans } = this._options;
    this._say(trans.__('Following the log'));
    try {
      await api.followLog(
        job,
        this._offset,
        ({ text, offset }) => {
          // The next start goes on here, also when this one is broken off.
          this._offset = offset;
          this._append(text);
          this._say(trans.__('Following the log'));
        },
        {
          signal,
          onBreak: () =>
            this._say(trans.__('The connection was lost; trying again…'))
        }
      );
      if (!signal.aborted) {
        this._complete = true;
        this._view.dispatch({
          changes: {
            from: this._view.state.doc.length,
            insert: this._filter.end()
          }
        });
        this._say(
          this._whole.length > 0
            ? trans.__('The job has ended; this is its whole log')
            : trans.__('The job has ended without writing a log')
        );
      }
    } catch (error) {
      this._abort = null;
      const { message, hint } = ApiError.from(error);
      this._say([message, hint].filter(Boolean).join(' '));
    }
  }

  private _append(text: string): void {
    const clean = cleanLog(text);
    this._whole = this._shorter(this._whole).append(Text.of(clean.split('\n')));
    const { doc } = this._view.state;
    const kept = this._shorter(doc);
    this._dropped ||= kept.length < doc.length;
    this._view.dispatch({
      changes: [
        { from: 0, to: doc.length - kept.length },
        { from: doc.length, insert: this._filter.take(clean) }
      ]
    });
    this._tellHidden();
    if (this._follow) {
      this._toEnd();
    }
  }

  /** A log that has grown too long, without its beginning. */
  private _shorter(log: Text): Text {
    const excess = log.lines - MOST_LINES;
    return excess > 0 ? log.slice(log.line(excess + DROP_LINES).from) : log;
  }

  /** An empty view is no empty log. */
  private _tellHidden(): void {
    const { trans } = this._options;
    const none = this._view.state.doc.length === 0 && this._whole.length > 0;
    this._hidden.textContent = none
      ? trans.__('There is no line of this level.')
      : '';
    this._hidden.hidden = !none;
  }

  /**
   * Scroll to the end; a transaction of its own, because an effect that travels with a change is
   * clipped to the document before it.
   */
  private _toEnd(): void {
    this._view.dispatch({
      effects: EditorView.scrollIntoView(this._view.state.doc.length, {
        y: 'end',
        yMargin: 0
      })
    });
  }

  private _say(text: string): void {
    const { trans } = this._options;
    const dropped = this._dropped
      ? trans.__('older lines are only in the download')
      : '';
    const line = [text, dropped].filter(Boolean).join(' · ');
    if (line !== this._status.textContent) {
      this._status.textContent = line;
    }
  }

  private readonly _view: EditorView;
  private readonly _wrapping = new Compartment();
  private readonly _status = document.createElement('div');
  private readonly _hidden = document.createElement('div');
  private readonly _changed = new Signal<this, void>(this);
  private _abort: AbortController | null = null;
  private _offset = 0;
  private _wrap = false;
  private _level: Level = 'all';
  private _filter = new LevelFilter('all');
  private _whole = Text.empty;
  private _follow = true;
  private _complete = false;
  private _dropped = false;
}

/**
 * A namespace for LogView statics.
 */
export namespace LogView {
  /**
   * What a log view shows.
   */
  export interface IOptions {
    api: Api;
    job: string;
    trans: TranslationBundle;
  }
}
