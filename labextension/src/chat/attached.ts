import {
  nullTranslator,
  type TranslationBundle
} from '@jupyterlab/translation';

import {
  cellTitle,
  extension,
  fence,
  outputTitles,
  selectionTitle
} from './quote';

/** Where attachments may begin: what goes before is what a person wrote. */
const BEGINNING = /(?:^|\n\n)(?=\*\*)/g;

/** The title of an attachment, as `compose` writes it. */
const TITLE = /\*\*(.+)\*\*\n\n/y;

/** How a block of code begins, below a line that says what it is. */
const OPENING = /(?:([^`\n]+)\n\n)?(`{3,})(.*)\n/y;

/**
 * A block of code that went with a message.
 */
export interface IBlock {
  /** What it is said to be, as "Output:"; often nothing. */
  label: string;
  language: string;
  code: string;
}

/**
 * A cell, a file or a selection that went with a message.
 */
export interface IAttached {
  title: string;
  blocks: IBlock[];
}

/**
 * A message as it was written, and what went with it.
 */
export interface ISaid {
  text: string;
  attached: IAttached[];
}

/**
 * Take a message apart that was composed of a text and quotes, in English or the reader's language.
 * What is not exactly as they are written stays in the text.
 */
export function takeApart(content: string, trans: TranslationBundle): ISaid {
  const languages = [trans, nullTranslator.load('')];
  for (const { index, 0: gap } of content.matchAll(BEGINNING)) {
    const attached = read(content, index + gap.length);
    if (attached?.every(one => isQuote(one, languages))) {
      return { text: content.slice(0, index), attached };
    }
  }
  return { text: content, attached: [] };
}

/** How many lines something has. */
export function lineCount({ blocks }: IAttached): number {
  return blocks.reduce((sum, { code }) => sum + code.split('\n').length, 0);
}

/**
 * The titles and blocks from a place to the end of a message; null when there is anything else.
 */
function read(content: string, from: number): IAttached[] | null {
  const found: IAttached[] = [];
  let at = from;
  while (at < content.length) {
    const title = match(TITLE, content, at);
    if (title) {
      found.push({ title: title[1], blocks: [] });
      at += title[0].length;
    }
    const opening = match(OPENING, content, at);
    if (!opening) {
      return null;
    }
    const [, label = '', marks, language] = opening;
    const end = at + opening[0].length;
    const code = content.slice(end, content.indexOf(`\n${marks}`, end));
    // A fence drops one end of a line.
    const whole = fence(`${code}\n`, language);
    at = end - `${marks}${language}\n`.length;
    if (!content.startsWith(whole, at)) {
      return null;
    }
    found[found.length - 1].blocks.push({ label, language, code });
    at += whole.length;
    if (at < content.length) {
      if (!content.startsWith('\n\n', at)) {
        return null;
      }
      at += 2;
    }
  }
  return found;
}

/**
 * Whether a cell, a file or a selection would be quoted like this.
 */
function isQuote(
  { title, blocks }: IAttached,
  languages: readonly TranslationBundle[]
): boolean {
  const [first, ...rest] = blocks;
  const labels = languages.flatMap(outputTitles);
  if (blocks.some(({ label }) => label !== '' && !labels.includes(label))) {
    return false;
  }
  if (languages.some(trans => title === cellTitle(first.code, trans))) {
    return rest.every(({ label }) => label !== '');
  }
  if (extension(title) === 'ipynb') {
    return true;
  }
  const isSelection = languages.some(trans => {
    const [start, end] = selectionTitle('\0', trans).split('\0');
    return title.startsWith(start) && title.endsWith(end);
  });
  return (
    blocks.length === 1 && (isSelection || first.language === extension(title))
  );
}

function match(
  pattern: RegExp,
  text: string,
  at: number
): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
