import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';

import {
  fileName,
  fromJson,
  type IConversation,
  toJson,
  toMarkdown,
  toNotebook
} from '../chat/files';
import { makeChat, makeTurn } from './fake';

const trans = nullTranslator.load('');
const names = { person: 'You', model: 'llama' };
const conversation: IConversation = {
  chat: makeChat({
    name: 'Capitals',
    system: 'Be brief.',
    params: { temperature: 0 }
  }),
  turns: [
    makeTurn({
      content: 'Code?',
      reply:
        'Here:\n\n```python\nprint(1)\nprint(2)\n```\n\nand\n\n```js\nlet a;\n```\nDone.',
      state: 'done'
    }),
    makeTurn({ n: 1, content: 'And?', reply: 'Par', state: 'stopped' })
  ]
};

describe('files of a conversation', () => {
  it('writes Markdown', () => {
    const text = toMarkdown(conversation, names);
    expect(text.startsWith('# Capitals\n\n**You**\n\nCode?\n\n**llama**')).toBe(
      true
    );
    expect(text.endsWith('**You**\n\nAnd?\n\n**llama**\n\nPar\n')).toBe(true);
  });

  it('writes JSON and reads it back', () => {
    const request = fromJson(toJson(conversation), trans);
    expect(request).toMatchObject({
      name: 'Capitals',
      system: 'Be brief.',
      params: { temperature: 0 }
    });
    expect(request.turns?.map(turn => [turn.content, turn.state])).toEqual([
      ['Code?', 'done'],
      ['And?', 'stopped']
    ]);
    expect(Object.keys(request)).not.toContain('format');
  });

  it('says what is wrong with a file', () => {
    expect(() => fromJson('{', trans)).toThrow('no JSON');
    expect(() => fromJson('null', trans)).toThrow('holds no chat');
    expect(() => fromJson('{"format": "other", "turns": []}', trans)).toThrow(
      'holds no chat'
    );
    expect(() =>
      fromJson(
        '{"format": "jupyter_sw.chat", "version": 2, "turns": []}',
        trans
      )
    ).toThrow('version 2');
  });

  it('writes a notebook whose code is cells', () => {
    const { cells } = JSON.parse(toNotebook(conversation, names)) as {
      cells: { cell_type: string; source: string[]; id: string }[];
    };
    expect(cells.map(cell => [cell.cell_type, cell.source.join('')])).toEqual([
      ['markdown', '# Capitals'],
      ['markdown', '**You**\n\nCode?'],
      ['markdown', '**llama**\n\nHere:'],
      ['code', 'print(1)\nprint(2)'],
      ['markdown', 'and\n\n```js\nlet a;\n```\nDone.'],
      ['markdown', '**You**\n\nAnd?'],
      ['markdown', '**llama**\n\nPar']
    ]);
    expect(new Set(cells.map(cell => cell.id)).size).toBe(cells.length);
  });

  it('names a file after the conversation', () => {
    expect(fileName({ name: 'What is 1/2? A: "half"' }, 'md')).toBe(
      'What is 1 2 A half.md'
    );
    expect(fileName({ name: '...' }, 'json')).toBe('chat.json');
    expect(fileName({ name: 'Köln, 東京' }, 'md')).toBe('Köln 東京.md');
  });
});
