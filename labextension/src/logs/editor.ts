import { Compartment, EditorState, Text } from '@codemirror/state';
import { EditorView, highlightSpecialChars, keymap } from '@codemirror/view';

import { decorations, times } from './decorations';
import type { ILine } from './line';
import type { IChange, LogModel } from './model';
import { onScroll } from './scrolling';

/**
 * Shows the lines of a log model and scrolls through them.
 */
export class LogEditor {
  constructor(private readonly _options: LogEditor.IOptions) {
    const { parent, model, label, leave, reach } = _options;
    // Its lines are read, not announced.
    parent.setAttribute('role', 'log');
    parent.setAttribute('aria-live', 'off');
    this._view = new EditorView({
      parent,
      state: EditorState.create({
        extensions: [
          EditorState.readOnly.of(true),
          EditorView.editable.of(false),
          // Reached and scrolled with the keyboard.
          EditorView.contentAttributes.of({
            tabindex: '0',
            'aria-readonly': 'true',
            'aria-label': label
          }),
          // What would turn text around or hide it is shown as a dot.
          highlightSpecialChars(),
          decorations(model),
          keymap.of([{ key: 'Mod-a', run: () => this._selectAll() }]),
          EditorView.updateListener.of(({ selectionSet, state }) => {
            // What is being selected must not run away.
            if (selectionSet && !state.selection.main.empty) {
              leave();
            }
          }),
          this._wrapping.of([]),
          this._times.of([])
        ]
      })
    });
    onScroll(this._view.scrollDOM, {
      leave,
      reach,
      scrolled: _options.scrolled
    });
  }

  /** Show whether long lines are wrapped, and the lines' times. */
  configure(options: { wrap: boolean; times: boolean }): void {
    this._view.dispatch({
      effects: [
        this._wrapping.reconfigure(options.wrap ? EditorView.lineWrapping : []),
        this._times.reconfigure(options.times ? times(this._options.model) : [])
      ]
    });
  }

  /** Follow a change of the model; the place and the selection stay. */
  apply({ dropped, added }: IChange): void {
    const { doc } = this._view.state;
    const rest = this._count - dropped;
    this._count = rest + added.length;
    this._view.dispatch({
      changes: [
        {
          from: 0,
          to: rest > 0 ? doc.line(dropped + 1).from : doc.length
        },
        { from: doc.length, insert: textOf(added, rest > 0) }
      ]
    });
  }

  /** Show the model's lines anew. */
  reset(): void {
    const { shown } = this._options.model;
    this._count = shown.length;
    this._view.dispatch({
      changes: {
        from: 0,
        to: this._view.state.doc.length,
        insert: textOf(shown, false)
      }
    });
  }

  /** Show what the search has found. */
  refresh(): void {
    this._view.dispatch({});
  }

  /** Show a line in the middle. */
  showLine(index: number): void {
    const { doc } = this._view.state;
    const { from } = doc.line(index + 1);
    this._view.dispatch({
      effects: EditorView.scrollIntoView(from, { y: 'center' })
    });
  }

  /**
   * Scroll to the end; a transaction of its own, because an effect that travels with a change is
   * clipped to the document before it.
   */
  toEnd(): void {
    const { doc } = this._view.state;
    this._view.dispatch({
      effects: EditorView.scrollIntoView(doc.line(doc.lines).from, { y: 'end' })
    });
  }

  /** The last line that can be seen. */
  get lastVisible(): number {
    const { scrollDOM, state, documentPadding } = this._view;
    const bottom =
      scrollDOM.scrollTop + scrollDOM.clientHeight - documentPadding.top;
    const block = this._view.lineBlockAtHeight(bottom);
    return state.doc.lineAt(block.from).number - 1;
  }

  focus(): void {
    this._view.focus();
  }

  /** Look at the size again: nothing is known of a view that was hidden. */
  measure(): void {
    this._view.requestMeasure();
  }

  dispose(): void {
    this._view.destroy();
  }

  private _selectAll(): boolean {
    const { length } = this._view.state.doc;
    this._view.dispatch({ selection: { anchor: 0, head: length } });
    return true;
  }

  private readonly _view: EditorView;
  private readonly _wrapping = new Compartment();
  private readonly _times = new Compartment();
  private _count = 0;
}

/** Lines as CodeMirror takes them without putting them together first. */
function textOf(lines: readonly ILine[], afterOthers: boolean): Text {
  if (lines.length === 0) {
    return Text.empty;
  }
  const texts = lines.map(line => line.text);
  return Text.of(afterOthers ? ['', ...texts] : texts);
}

/**
 * A namespace for LogEditor statics.
 */
export namespace LogEditor {
  /**
   * What an editor is made from.
   */
  export interface IOptions {
    parent: HTMLElement;
    model: LogModel;
    label: string;

    /** A person left the end of the log. */
    leave: () => void;

    /** A person came to the end of the log. */
    reach: () => void;

    /** What can be seen has changed. */
    scrolled: () => void;
  }
}
