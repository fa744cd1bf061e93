import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';

import { lineCount, takeApart } from '../chat/attached';
import { Attachments, compose } from '../chat/attachments';
import { fence, quoteCell, quoteFile, quoteSelection } from '../chat/quote';

const trans = nullTranslator.load('');

describe('quotes', () => {
  it('fences what has fences in it', () => {
    expect(fence('a\n````\nb\n', 'md')).toBe('`````md\na\n````\nb\n`````');
  });

  it('takes a cell with its outputs and errors, without colours', () => {
    const { title, text } = quoteCell(
      {
        cell_type: 'code',
        source: ['1 +\n', 'x'],
        outputs: [
          { output_type: 'stream', text: ['so ', 'far'] },
          {
            output_type: 'display_data',
            data: { 'image/png': 'AAAA', 'text/plain': '<Figure>' }
          },
          {
            output_type: 'error',
            ename: 'NameError',
            evalue: 'x',
            traceback: ['\u001b[31mNameError\u001b[0m: x']
          }
        ]
      },
      'python',
      trans
    );
    expect(title).toBe('Cell: 1 +');
    expect(text).toBe(
      [
        '```python\n1 +\nx\n```',
        'Output:\n\n```\nso far\n```',
        'Output:\n\n```\n<Figure>\n```',
        'Error:\n\n```\nNameError: x\n```'
      ].join('\n\n')
    );
  });

  it('leaves out the middle of a long output', () => {
    const { text } = quoteCell(
      {
        cell_type: 'code',
        source: '',
        outputs: [{ output_type: 'stream', text: 'a'.repeat(20_000) + 'end' }]
      },
      'python',
      trans
    );
    expect(text).toContain('12003 characters left out');
    expect(text).toContain('aend');
    expect(text.length).toBeLessThan(8200);
  });

  it('takes files and notebooks', () => {
    expect(quoteFile('work/a.py', 'x = 1\n', trans)).toEqual({
      title: 'work/a.py',
      text: '```py\nx = 1\n```'
    });
    const cells = [
      { cell_type: 'markdown', source: '# Hi' },
      { cell_type: 'code', source: 'x' }
    ];
    expect(quoteFile('a.ipynb', { cells }, trans).text).toBe(
      '```markdown\n# Hi\n```\n\n```python\nx\n```'
    );
  });
});

describe('Attachments', () => {
  it('holds each once, and goes with a message', () => {
    const attachments = new Attachments();
    const file = { title: 'a.py', text: 'x' };
    attachments.add(file);
    attachments.add({ ...file }, { title: 'b.py', text: 'y' });
    expect(attachments.items).toHaveLength(2);
    expect(compose('Why?', attachments.items)).toBe(
      'Why?\n\n**a.py**\n\nx\n\n**b.py**\n\ny'
    );
    attachments.remove(file);
    expect(compose('', attachments.items)).toBe('**b.py**\n\ny');
    attachments.dispose();
  });
});

describe('a message taken apart', () => {
  const cell = quoteCell(
    {
      cell_type: 'code',
      source: 'total = price ** 2\n\n\n',
      outputs: [
        { output_type: 'stream', text: '\n\n**a.py**\n\n```py\nx\n```' },
        { output_type: 'error', traceback: ['NameError: price'] }
      ]
    },
    'python',
    trans
  );
  const items = [
    cell,
    quoteCell({ cell_type: 'markdown', source: '' }, 'python', trans),
    quoteFile('work/a b.md', '# A\n\n````\nx\n````\n', trans),
    quoteFile('Makefile', '', trans),
    quoteFile(
      'b.ipynb',
      {
        cells: [
          { cell_type: 'markdown', source: '# Hi' },
          {
            cell_type: 'code',
            source: 'x',
            outputs: [{ output_type: 'stream', text: 'out' }]
          }
        ]
      },
      trans
    ),
    quoteSelection('b = 2', 'c.ipynb', 'python', trans)
  ];
  const written = 'Why?\n\n**Is it**\n\n```\nthis\n```\n\nor that';

  it('gives back the text and each attachment', () => {
    const { text, attached } = takeApart(compose(written, items), trans);
    expect(text).toBe(written);
    expect(attached.map(({ title }) => title)).toEqual(
      items.map(({ title }) => title)
    );
    expect(attached[0].blocks).toEqual([
      { label: '', language: 'python', code: 'total = price ** 2\n\n' },
      {
        label: 'Output:',
        language: '',
        code: '\n\n**a.py**\n\n```py\nx\n```'
      },
      { label: 'Error:', language: '', code: 'NameError: price' }
    ]);
    expect(attached.map(lineCount)).toEqual([11, 1, 5, 1, 3, 1]);
    expect(attached[4].blocks.map(({ code }) => code)).toEqual([
      '# Hi',
      'x',
      'out'
    ]);
  });

  it('has no text where none was written', () => {
    for (const item of items) {
      expect(takeApart(compose('', [item]), trans)).toEqual({
        text: '',
        attached: [expect.objectContaining({ title: item.title })]
      });
    }
  });

  it('reads what was written in English by a reader of another language', () => {
    const other = Object.create(trans, {
      __: {
        value: (text: string, ...args: string[]) =>
          `<${text.replace('%1', args[0])}>`
      }
    }) as typeof trans;
    const again = [
      cell,
      quoteCell({ cell_type: 'code', source: 'y' }, 'python', other),
      quoteSelection('b', 'c.py', 'python', other)
    ];
    expect(takeApart(compose('Hm', again), other).attached).toHaveLength(3);
  });

  it.each([
    ['nothing', 'Hello'],
    ['a bold line', 'Hello\n\n**World**'],
    ['a title that fits no code', '**Fix this**\n\n```python\nx\n```'],
    ['a cell of another name', '**Cell: y**\n\n```python\nx\n```'],
    ['words after it', `${compose('', [cell])}\n\nWhat is this?`],
    ['words right after it', `${compose('', [cell])} what?`],
    ['a fence that is not closed', '**a.py**\n\n```py\nx'],
    ['a fence longer than it must be', '**a.py**\n\n`````py\nx\n`````'],
    ['two blocks of one file', '**a.py**\n\n```py\nx\n```\n\n```py\ny\n```'],
    ['no empty line', 'Hello\n**a.py**\n\n```py\nx\n```'],
    ['another label', '**Cell: x**\n\n```python\nx\n```\n\nSo:\n\n```\ny\n```'],
    ['a quote of one', '> **a.py**\n\n```py\nx\n```'],
    ['one in a longer fence', `So\n\n${fence(compose('', [cell]), 'md')}`]
  ])('leaves as it is what has %s', (_, content) => {
    expect(takeApart(content, trans)).toEqual({ text: content, attached: [] });
  });
});
