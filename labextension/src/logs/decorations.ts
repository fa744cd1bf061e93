import type { Extension, Range } from '@codemirror/state';
import {
  Decoration,
  type DecorationSet,
  type EditorView,
  gutter,
  GutterMarker,
  ViewPlugin,
  type ViewUpdate
} from '@codemirror/view';

import type { IStyle } from './ansi';
import type { ILine } from './line';
import type { LogModel } from './model';
import { formatLineTime, formatMoment } from './times';

const HEAD = Decoration.mark({ class: 'jp-sw-Log-head' });
const MATCH = Decoration.mark({ class: 'jp-sw-Log-match' });
const CURRENT = Decoration.line({ class: 'jp-mod-current' });
const SEVERITY = {
  info: null,
  warning: Decoration.line({ class: 'jp-mod-warning' }),
  error: Decoration.line({ class: 'jp-mod-error' })
};

/**
 * Levels, colours and found text of the lines that can be seen; of the others nothing is made.
 */
export function decorations(model: LogModel): Extension {
  return ViewPlugin.fromClass(
    class {
      constructor(view: EditorView) {
        this.decorations = decorate(view, model);
      }

      update({ view, docChanged, viewportChanged, transactions }: ViewUpdate) {
        // An empty transaction tells that the search has changed.
        if (docChanged || viewportChanged || transactions.length > 0) {
          this.decorations = decorate(view, model);
        }
      }

      decorations: DecorationSet;
    },
    { decorations: plugin => plugin.decorations }
  );
}

function decorate(view: EditorView, model: LogModel): DecorationSet {
  const ranges: Range<Decoration>[] = [];
  const { doc } = view.state;
  const { pattern, current } = model.search;
  for (const { from, to } of view.visibleRanges) {
    for (let at = from; at <= to;) {
      const { number, from: start, to: end } = doc.lineAt(at);
      const line = model.shown[number - 1];
      if (line) {
        const severity = SEVERITY[line.severity];
        if (severity) {
          ranges.push(severity.range(start));
        }
        if (number - 1 === current) {
          ranges.push(CURRENT.range(start));
        }
        ranges.push(...marks(line, start, pattern));
      }
      at = end + 1;
    }
  }
  return Decoration.set(ranges, true);
}

function marks(
  line: ILine,
  start: number,
  pattern: RegExp | null
): Range<Decoration>[] {
  const ranges = line.spans.map(({ from, to, style }) =>
    styled(style).range(start + from, start + to)
  );
  if (line.head > 0) {
    ranges.push(HEAD.range(start, start + line.head));
  }
  if (pattern) {
    for (const { 0: text, index } of line.text.matchAll(pattern)) {
      ranges.push(MATCH.range(start + index, start + index + text.length));
    }
  }
  return ranges;
}

/** Colours are variables: the style sheet makes them readable on the theme's ground. */
function styled(style: IStyle): Decoration {
  const { color, background, inverse } = style;
  const classes = ['jp-sw-Ansi'];
  for (const name of [
    'bold',
    'dim',
    'italic',
    'underline',
    'strike'
  ] as const) {
    if (style[name]) {
      classes.push(`jp-mod-${name}`);
    }
  }
  // Without a colour of its own, text keeps the theme's on whatever ground.
  const ink = inverse ? background : color;
  const ground = inverse
    ? (color ?? 'var(--jp-content-font-color1)')
    : background;
  if (ink) {
    classes.push('jp-mod-ink');
  }
  if (ground) {
    classes.push('jp-mod-ground');
  }
  return Decoration.mark({
    class: classes.join(' '),
    attributes: {
      style: [
        ink ? `--jp-sw-ink: ${ink}` : '',
        ground ? `--jp-sw-ground: ${ground}` : ''
      ]
        .filter(Boolean)
        .join('; ')
    }
  });
}

/**
 * The lines' times in a column of their own.
 */
export function times(model: LogModel): Extension {
  return gutter({
    class: 'jp-sw-Log-times',
    lineMarker: (view, { from }) => {
      const line = model.shown[view.state.doc.lineAt(from).number - 1];
      return line && !Number.isNaN(line.time) ? new Time(line.time) : null;
    },
    initialSpacer: () => new Time(Date.now())
  });
}

class Time extends GutterMarker {
  constructor(private readonly _time: number) {
    super();
  }

  override eq(other: Time): boolean {
    return other._time === this._time;
  }

  override toDOM(): Node {
    const node = document.createElement('time');
    node.textContent = formatLineTime(this._time, Date.now());
    node.title = formatMoment(this._time);
    return node;
  }
}
