/** How a program coloured a part of a line; colours are what CSS calls one. */
export interface IStyle {
  readonly color?: string;
  readonly background?: string;
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly italic?: boolean;
  readonly underline?: boolean;
  readonly strike?: boolean;
  readonly inverse?: boolean;
}

/** A part of a line with a style. */
export interface ISpan {
  readonly from: number;
  readonly to: number;
  readonly style: IStyle;
}

/** Text as it is shown, and what of it is styled. */
export interface IStyledText {
  readonly text: string;
  readonly spans: readonly ISpan[];
}

/** Escape sequences of every kind and control characters but tab, in one pass. */
const HIDDEN =
  /\u001b(?:\[([0-?]*)[ -/]*([@-~])|[\]PX^_].*?(?:\u0007|\u001b\\|$)|[ -/]*[0-~]?)|[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g;
const ANY_HIDDEN = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/;

const NONE: readonly ISpan[] = [];
const PLAIN: IStyle = {};

/** What a plain code turns on or, undefined, off. */
const CODES: Record<number, IStyle> = {
  1: { bold: true },
  2: { dim: true },
  3: { italic: true },
  4: { underline: true },
  7: { inverse: true },
  9: { strike: true },
  21: { underline: true },
  22: { bold: undefined, dim: undefined },
  23: { italic: undefined },
  24: { underline: undefined },
  27: { inverse: undefined },
  29: { strike: undefined },
  39: { color: undefined },
  49: { background: undefined }
};

/**
 * A line as a terminal would leave it: of one that was written over what was written last, its
 * colours apart from its text. Colours end with their line, so that one program's do not leak into
 * another's.
 */
export function readAnsi(line: string): IStyledText {
  if (!ANY_HIDDEN.test(line)) {
    return { text: line, spans: NONE };
  }
  const left = line.replace(/\r+$/, '');
  const source = left.slice(left.lastIndexOf('\r') + 1);
  const spans: ISpan[] = [];
  let text = '';
  let style = PLAIN;
  let from = 0;
  const close = (): void => {
    if (text.length > from && Object.values(style).some(Boolean)) {
      spans.push({ from, to: text.length, style });
    }
    from = text.length;
  };
  let read = 0;
  for (const found of source.matchAll(HIDDEN)) {
    text += source.slice(read, found.index);
    read = found.index + found[0].length;
    if (found[2] === 'm' && /^[0-9;:]*$/.test(found[1])) {
      close();
      style = changed(style, found[1]);
    }
  }
  text += source.slice(read);
  close();
  return { text, spans };
}

/** A style after the parameters of one sequence; what is unknown changes nothing. */
function changed(style: IStyle, parameters: string): IStyle {
  const codes = parameters.split(';');
  while (codes.length > 0) {
    const [code, ...sub] = (codes.shift() ?? '').split(':').map(Number);
    if (code === 0) {
      style = PLAIN;
    } else if (code === 38 || code === 48) {
      const color =
        sub.length > 0
          ? extended(sub[0] === 2 ? [2, ...sub.slice(-3)] : sub)
          : extended(taken(codes));
      style = {
        ...style,
        ...(color && { [code === 38 ? 'color' : 'background']: color })
      };
    } else if (code === 4 && sub[0] === 0) {
      style = { ...style, underline: undefined };
    } else {
      style = { ...style, ...(CODES[code] ?? basic(code)) };
    }
  }
  return style;
}

/** The numbers that `38` or `48` take from those that follow. */
function taken(codes: string[]): number[] {
  return codes.splice(0, Number(codes[0]) === 2 ? 4 : 2).map(Number);
}

function basic(code: number): IStyle {
  const index = code % 10;
  if (index > 7) {
    return PLAIN;
  }
  switch (code - index) {
    case 30:
      return { color: named(index) };
    case 40:
      return { background: named(index) };
    case 90:
      return { color: named(index + 8) };
    case 100:
      return { background: named(index + 8) };
    default:
      return PLAIN;
  }
}

/** A colour of 256, or one by its parts. */
function extended([mode, ...parts]: number[]): string | undefined {
  if (!parts.every(part => Number.isInteger(part) && part >= 0 && part < 256)) {
    return undefined;
  }
  if (mode === 2 && parts.length === 3) {
    return rgb(parts);
  }
  if (mode !== 5 || parts.length === 0) {
    return undefined;
  }
  const [index] = parts;
  if (index < 16) {
    return named(index);
  }
  if (index >= 232) {
    const grey = 8 + 10 * (index - 232);
    return rgb([grey, grey, grey]);
  }
  const cube = index - 16;
  return rgb(
    [Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map(step =>
      step === 0 ? 0 : 55 + 40 * step
    )
  );
}

/** The sixteen are the theme's. */
function named(index: number): string {
  return `var(--jp-sw-ansi-${index})`;
}

function rgb(parts: number[]): string {
  return `rgb(${parts.join(' ')})`;
}
