import type { TranslationBundle } from '@jupyterlab/translation';

import type { Chat, ChatRequest, PastTurn, Turn } from '../schema';
import { copyOf } from './copy';

/** What a file with a conversation says of itself. */
const FORMAT = 'jupyter_sw.chat';
const VERSION = 1;

/** A block of code in Markdown, fenced. */
const FENCE =
  /^(`{3,}|~{3,})[ \t]*([\w+#.-]*)[^\n]*\n([\s\S]*?)^\1[ \t]*$\n?/gm;

/** Languages whose code a notebook runs. */
const RUNNABLE = new Set(['', 'python', 'py', 'python3', 'ipython']);

/** What a notebook says of its language, so that opening it asks for no kernel. */
const PYTHON = {
  kernelspec: { name: 'python3', display_name: 'Python 3', language: 'python' },
  language_info: { name: 'python' }
};

/**
 * What a conversation is written to files from.
 */
export interface IConversation {
  chat: Pick<Chat, 'name' | 'system' | 'params' | 'model_name'>;
  turns: readonly Turn[];
}

/**
 * How the two who talk are called.
 */
export interface INames {
  person: string;
  model: string;
}

/**
 * A conversation as Markdown.
 */
export function toMarkdown(
  { chat, turns }: IConversation,
  names: INames
): string {
  const title = chat.name ? `# ${chat.name}\n\n` : '';
  const said = turns.map(
    ({ content, reply }) =>
      `**${names.person}**\n\n${content}\n\n**${names.model}**\n\n${reply}\n`
  );
  return title + said.join('\n');
}

/**
 * A conversation as a file that can be read back.
 */
export function toJson({ chat, turns }: IConversation): string {
  const file = {
    format: FORMAT,
    version: VERSION,
    model_name: chat.model_name,
    ...copyOf(chat, turns)
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/**
 * A conversation as a notebook: what was said as text, Python in answers as cells of code.
 */
export function toNotebook(
  { chat, turns }: IConversation,
  names: INames
): string {
  const cells = [
    ...(chat.name ? [cell('markdown', `# ${chat.name}`)] : []),
    ...turns.flatMap(({ content, reply }) => [
      cell('markdown', `**${names.person}**\n\n${content}`),
      ...replyCells(reply, names.model)
    ])
  ].map((made, n) => ({ id: `chat-${n}`, ...made }));
  const notebook = { cells, metadata: PYTHON, nbformat: 4, nbformat_minor: 5 };
  return `${JSON.stringify(notebook, null, 1)}\n`;
}

/**
 * What is in a file that `toJson` wrote. Throws an error that says what is wrong with it; the server
 * looks at the rest.
 */
export function fromJson(text: string, trans: TranslationBundle): ChatRequest {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    throw new Error(trans.__('This file is no JSON.'));
  }
  if (!isChatFile(file)) {
    throw new Error(
      trans.__('This file holds no chat: choose one that was exported as JSON.')
    );
  }
  if (file.version !== VERSION) {
    throw new Error(
      trans.__(
        'This file has version %1 of the format; version %2 can be read here.',
        String(file.version),
        VERSION
      )
    );
  }
  const { name, system, params, turns } = file;
  return { name, system, params, turns };
}

interface IChatFile extends ChatRequest {
  format: string;
  version: unknown;
  turns: PastTurn[];
}

function isChatFile(file: unknown): file is IChatFile {
  const { format, turns } = (file ?? {}) as Partial<IChatFile>;
  return format === FORMAT && Array.isArray(turns);
}

/**
 * A name for a file: what a conversation is called, without what file systems refuse.
 */
export function fileName(chat: Pick<Chat, 'name'>, extension: string): string {
  const name = chat.name
    .replace(/[^\p{L}\p{N} ._-]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .replace(/^[ .]+|[ .]+$/g, '')
    .slice(0, 60);
  return `${name || 'chat'}.${extension}`;
}

function replyCells(reply: string, model: string): object[] {
  const cells: object[] = [];
  let text = `**${model}**\n\n`;
  let end = 0;
  const flush = (): void => {
    if (text.trim() !== '') {
      cells.push(cell('markdown', text.trim()));
    }
    text = '';
  };
  for (const found of reply.matchAll(FENCE)) {
    text += reply.slice(end, found.index);
    end = found.index + found[0].length;
    if (RUNNABLE.has(found[2].toLowerCase())) {
      flush();
      cells.push(cell('code', found[3].replace(/\n$/, '')));
    } else {
      text += found[0];
    }
  }
  text += reply.slice(end);
  flush();
  return cells;
}

function cell(kind: 'markdown' | 'code', source: string): object {
  const lines = source.split(/(?<=\n)/);
  return kind === 'code'
    ? {
        cell_type: kind,
        source: lines,
        metadata: {},
        outputs: [],
        execution_count: null
      }
    : { cell_type: kind, source: lines, metadata: {} };
}
