import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';

import { Attachments, compose } from '../chat/attachments';
import { fence, quoteCell, quoteFile } from '../chat/quote';

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
