import type { TranslationBundle } from '@jupyterlab/translation';

import type { IAttachment } from './attachments';

/** Characters of one output that are taken; of a longer one its beginning and its end. */
const OUTPUT_LIMIT = 8000;

/** A cell as it lies in a notebook, as far as it is read here. */
export interface ICell {
  cell_type: string;
  source: string | string[];
  outputs?: IOutput[];
}

interface IOutput {
  output_type: string;
  text?: string | string[];
  data?: Record<string, unknown>;
  ename?: string;
  evalue?: string;
  traceback?: string[];
}

/**
 * A cell with its outputs and errors.
 */
export function quoteCell(
  cell: ICell,
  language: string,
  trans: TranslationBundle
): IAttachment {
  const source = joined(cell.source);
  const isCode = cell.cell_type === 'code';
  const parts = [isCode ? fence(source, language) : fence(source, 'markdown')];
  for (const output of isCode ? (cell.outputs ?? []) : []) {
    const text = shorten(outputText(output), trans);
    if (text.trim() !== '') {
      const [ofOutput, ofError] = outputTitles(trans);
      const title = output.output_type === 'error' ? ofError : ofOutput;
      parts.push(`${title}\n\n${fence(text)}`);
    }
  }
  return { title: cellTitle(source, trans), text: parts.join('\n\n') };
}

/**
 * A file's text, or the cells of a notebook.
 */
export function quoteFile(
  path: string,
  content: string | { cells: ICell[] },
  trans: TranslationBundle
): IAttachment {
  const text =
    typeof content === 'string'
      ? fence(content, extension(path))
      : content.cells
          .map(cell => quoteCell(cell, 'python', trans).text)
          .join('\n\n');
  return { title: path, text };
}

/**
 * Text that a person selected somewhere.
 */
export function quoteSelection(
  text: string,
  from: string,
  language: string,
  trans: TranslationBundle
): IAttachment {
  return {
    title: selectionTitle(from, trans),
    text: fence(text, language)
  };
}

/** How a cell is called: by the beginning of its first line. */
export function cellTitle(source: string, trans: TranslationBundle): string {
  const first = source.trim().split('\n')[0].slice(0, 40);
  return first ? trans.__('Cell: %1', first) : trans.__('Cell');
}

export function selectionTitle(from: string, trans: TranslationBundle): string {
  return trans.__('Selection in %1', from);
}

/** What is said above an output of a cell, and above an error. */
export function outputTitles(trans: TranslationBundle): [string, string] {
  return [trans.__('Output:'), trans.__('Error:')];
}

/** What a file's name ends with; what its text is said to be written in. */
export function extension(path: string): string {
  return /\.(\w+)$/.exec(path)?.[1] ?? '';
}

/**
 * A block of code in Markdown, in a fence that nothing in it can close.
 */
export function fence(text: string, language = ''): string {
  const runs = text.match(/`{3,}/g) ?? [];
  const marks = '`'.repeat(Math.max(3, ...runs.map(run => run.length + 1)));
  return `${marks}${language}\n${text.replace(/\n$/, '')}\n${marks}`;
}

function outputText(output: IOutput): string {
  if (output.output_type === 'error') {
    const trace = (output.traceback ?? []).join('\n');
    return withoutColours(trace || `${output.ename}: ${output.evalue}`);
  }
  const plain = output.text ?? output.data?.['text/plain'] ?? '';
  return withoutColours(joined(plain as string | string[]));
}

function joined(text: string | string[]): string {
  return Array.isArray(text) ? text.join('') : text;
}

function withoutColours(text: string): string {
  return text.replace(/\u001b\[[0-9;]*[A-Za-z]/g, '');
}

function shorten(text: string, trans: TranslationBundle): string {
  if (text.length <= OUTPUT_LIMIT) {
    return text;
  }
  const half = OUTPUT_LIMIT / 2;
  const left = trans.__('… %1 characters left out …', text.length - 2 * half);
  return `${text.slice(0, half)}\n${left}\n${text.slice(-half)}`;
}
