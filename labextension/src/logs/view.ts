import { ReactWidget } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import { type ISignal, Signal } from '@lumino/signaling';
import { Panel, Widget } from '@lumino/widgets';
import { createElement, type FunctionComponent } from 'react';

import type { Api } from '../api';
import { LogEditor } from './editor';
import { LogFooter } from './footer';
import { FrameQueue } from './frames';
import { type Level, LogModel } from './model';
import { LogNote } from './note';
import type { ILogPart } from './part';
import { LogPreferences } from './preferences';
import { LogReader } from './reader';
import { LogToolbar } from './toolbar';

/**
 * A job's log: follows its end while it can be seen.
 */
export class LogView extends Panel {
  constructor(private readonly _options: LogView.IOptions) {
    super();
    const { api, job, trans } = _options;
    this.addClass('jp-sw-Log');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Log'));
    this.preferences = _options.preferences ?? new LogPreferences();
    this.reader = new LogReader({
      api,
      job,
      take: text => this._queue.push(text),
      changed: () => this._onPhase()
    });
    const body = new Widget();
    body.addClass('jp-sw-Log-body');
    this._editor = new LogEditor({
      parent: body.node,
      model: this.model,
      label: trans.__('Lines of the log'),
      leave: () => this._setFollow(false),
      reach: () => this._setFollow(true),
      scrolled: () => !this._follow && this._changed.emit()
    });
    const part = (of: FunctionComponent<ILogPart>): Widget =>
      ReactWidget.create(createElement(of, { view: this, trans }));
    [part(LogToolbar), part(LogNote), body, part(LogFooter)].forEach(widget =>
      this.addWidget(widget)
    );
    this.preferences.changed.connect(this._onPreferences, this);
    this._onPreferences();
    this.node.addEventListener('keydown', this);
    document.addEventListener('visibilitychange', this);
  }

  /** The lines, and what is looked for in them. */
  readonly model = new LogModel();
  readonly preferences: LogPreferences;
  readonly reader: LogReader;

  /** Emitted when anything that is shown beside the lines has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Where the whole log can be had as a file. */
  get download(): string {
    return this._options.api.logUrl(this._options.job);
  }

  /** Whether the view keeps to the end of the log. */
  get follow(): boolean {
    return this._follow;
  }
  set follow(follow: boolean) {
    if (follow) {
      this._editor.toEnd();
    }
    this._setFollow(follow);
  }

  /** How many lines there are after those that can be seen. */
  get behind(): number {
    const last = this.model.shown.length - 1;
    return this._follow ? 0 : Math.max(0, last - this._editor.lastVisible);
  }

  /** The lines that are shown. */
  get level(): Level {
    return this.model.level;
  }
  set level(level: Level) {
    this.model.level = level;
    this._editor.reset();
    this.follow = true;
    this._changed.emit();
  }

  /** Look for a text, from where the person is; where there is none, nothing moves. */
  search(text: string): void {
    const { search, shown } = this.model;
    search.find(text, shown);
    this._showFound(search.near(this._editor.lastVisible));
  }

  /** Go to the next line with the text, or the one before. */
  step(by: 1 | -1): void {
    this._showFound(this.model.search.step(by));
  }

  /** Type what to look for. */
  find(): void {
    const field = this.node.querySelector<HTMLInputElement>(
      '.jp-sw-Log-search input'
    );
    field?.focus();
    field?.select();
  }

  /** Go back to the lines. */
  focusLines(): void {
    this._editor.focus();
  }

  handleEvent(event: Event): void {
    if (event instanceof KeyboardEvent) {
      if ((event.ctrlKey || event.metaKey) && event.key === 'f') {
        event.preventDefault();
        event.stopPropagation();
        this.find();
      }
    } else {
      this._update();
    }
  }

  override dispose(): void {
    if (this.isDisposed) {
      return;
    }
    document.removeEventListener('visibilitychange', this);
    this.preferences.changed.disconnect(this._onPreferences, this);
    this.reader.stop();
    this._queue.dispose();
    this._editor.dispose();
    Signal.clearData(this);
    super.dispose();
  }

  protected override onAfterAttach(message: Message): void {
    super.onAfterAttach(message);
    this._update();
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    this._editor.measure();
    this._update();
  }

  protected override onBeforeHide(message: Message): void {
    this.reader.stop();
    super.onBeforeHide(message);
  }

  protected override onBeforeDetach(message: Message): void {
    this.reader.stop();
    super.onBeforeDetach(message);
  }

  protected override onActivateRequest(message: Message): void {
    super.onActivateRequest(message);
    this._editor.focus();
  }

  /** Nothing is read that nobody can see. */
  private _update(): void {
    if (this.isVisible && !document.hidden) {
      this.reader.start();
    } else {
      this.reader.stop();
    }
  }

  private _take(text: string): void {
    this._editor.apply(this.model.append(text));
    this._onPhase();
  }

  private _onPhase(): void {
    if (this.reader.phase === 'ended' && this._queue.empty) {
      this._editor.apply(this.model.end());
    }
    if (this._follow) {
      this._editor.toEnd();
    }
    this._changed.emit();
  }

  private _onPreferences(): void {
    this._editor.configure(this.preferences);
    if (this._follow) {
      this._editor.toEnd();
    }
    this._changed.emit();
  }

  private _setFollow(follow: boolean): void {
    if (follow !== this._follow) {
      this._follow = follow;
      this._changed.emit();
    }
  }

  private _showFound(line: number): void {
    if (line >= 0) {
      this._setFollow(false);
      this._editor.showLine(line);
    }
    this._editor.refresh();
    this._changed.emit();
  }

  private readonly _queue = new FrameQueue(text => this._take(text));
  private readonly _changed = new Signal<this, void>(this);
  private readonly _editor: LogEditor;
  private _follow = true;
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

    /** How logs are read; without, nothing is remembered. */
    preferences?: LogPreferences;
  }
}
