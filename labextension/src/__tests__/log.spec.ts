import { describe, expect, it } from 'vitest';

import { type ISpan, readAnsi } from '../logs/ansi';
import { readLine } from '../logs/line';
import { LogModel } from '../logs/model';
import { formatLineTime } from '../logs/times';

const AT = '2026-01-01T00:00:00.000Z';
const INFO = `${AT} INFO jupyter_sw.worker: loading\n`;
const WARNING = `${AT} WARNING torch: slow\n`;
const ERROR = `${AT} ERROR jupyter_sw.worker: broke\n`;
const TRACE = 'Traceback (most recent call last):\nValueError: no\n';

const shown = (model: LogModel): string[] => model.shown.map(line => line.text);

describe('the colours of a line', () => {
  const parts = (line: string): [string, ISpan['style']][] => {
    const { text, spans } = readAnsi(line);
    return spans.map(({ from, to, style }) => [text.slice(from, to), style]);
  };

  it('are taken out of the text', () => {
    const line = 'a \u001b[1;31mred\u001b[0m, \u001b[42mon green\u001b[49m b';
    expect(readAnsi(line).text).toBe('a red, on green b');
    expect(parts(line)).toEqual([
      ['red', { bold: true, color: 'var(--jp-sw-ansi-1)' }],
      ['on green', { background: 'var(--jp-sw-ansi-2)' }]
    ]);
  });

  it('are of the sixteen, of 256 or of any', () => {
    const colour = (code: string): unknown =>
      parts(`\u001b[${code}mx`)[0]?.[1].color;
    expect(
      ['91', '38;5;9', '38;5;196', '38;5;244', '38;2;1;2;3', '38:2::1:2:3'].map(
        colour
      )
    ).toEqual([
      'var(--jp-sw-ansi-9)',
      'var(--jp-sw-ansi-9)',
      'rgb(255 0 0)',
      'rgb(128 128 128)',
      'rgb(1 2 3)',
      'rgb(1 2 3)'
    ]);
  });

  it('end where they are turned off, and what is unknown does nothing', () => {
    expect(parts('\u001b[4;7ma\u001b[24;27mb\u001b[77;38;5;999;200mc')).toEqual(
      [['a', { underline: true, inverse: true }]]
    );
    expect(parts('\u001b[38;2;300;0;0mx\u001b[48;9mx\u001b[mx')).toEqual([]);
  });

  it('never let another escape into the text or into a style', () => {
    const evil =
      '\u001b]0;title\u0007\u001b[2J\u001b[10;10Hok\u001b[38;2;1;2;9:9m' +
      '\u0000\u009b!\u001b';
    expect(readAnsi(evil)).toEqual({ text: 'ok!', spans: [] });
  });

  it('keep of a progress bar what was written last', () => {
    expect(readAnsi('load: 10%\rload: \u001b[32m100%\u001b[0m\r')).toEqual({
      text: 'load: 100%',
      spans: [{ from: 6, to: 10, style: { color: 'var(--jp-sw-ansi-2)' } }]
    });
  });
});

describe('a line', () => {
  it('has its time apart, and a head', () => {
    expect(readLine(WARNING.trim(), 'info')).toEqual({
      time: Date.parse(AT),
      severity: 'warning',
      text: 'WARNING torch: slow',
      head: 15,
      spans: []
    });
  });

  it('may have neither', () => {
    expect(readLine('… 3 MiB of the log were left out …', 'error')).toEqual({
      time: NaN,
      severity: 'error',
      text: '… 3 MiB of the log were left out …',
      head: 0,
      spans: []
    });
  });

  it('has the day of its time when that is not today', () => {
    const noon = new Date(2026, 0, 2, 12, 30, 5).getTime();
    expect(formatLineTime(noon, noon)).toMatch(/^12[:.]30[:.]05/);
    expect(formatLineTime(noon, noon + 86_400_000)).toMatch(/2.*12[:.]30/);
  });
});

describe('a log', () => {
  const whole = `printed\n${INFO}${WARNING}${ERROR}${TRACE}${INFO}more\n`;
  const trace = TRACE.trim().split('\n');
  const broke = 'ERROR jupyter_sw.worker: broke';

  it('shows a level and those above it, and a traceback with its error', () => {
    const model = new LogModel();
    model.append(whole);
    expect(model.shown.length).toBe(8);
    model.level = 'warnings';
    expect(shown(model)).toEqual(['WARNING torch: slow', broke, ...trace]);
    model.level = 'errors';
    expect(shown(model)).toEqual([broke, ...trace]);
    expect(model.append(INFO + ERROR).added.map(line => line.text)).toEqual([
      broke
    ]);
    model.level = 'all';
    expect(model.shown.length).toBe(10);
  });

  it('waits for the end of a line, wherever a piece ends', () => {
    const model = new LogModel();
    model.level = 'errors';
    const added = [...(INFO + ERROR + TRACE + 'killed')].flatMap(
      character => model.append(character).added
    );
    expect(added.map(line => line.text)).toEqual([broke, ...trace]);
    expect(model.end().added.map(line => line.text)).toEqual(['killed']);
    expect(model.end().added).toEqual([]);
    expect(shown(model)).toEqual([broke, ...trace, 'killed']);
  });

  it('drops its oldest lines and counts them', () => {
    const model = new LogModel(10, 2);
    const lines = (from: number, to: number): string =>
      Array.from({ length: to - from }, (_, n) => `line ${from + n}\n`).join(
        ''
      );
    expect(model.append(lines(0, 10)).dropped).toBe(0);
    expect(model.append('line 10\n')).toMatchObject({
      dropped: 3,
      added: [{ text: 'line 10' }]
    });
    expect(model.dropped).toBe(3);
    expect(shown(model)[0]).toBe('line 3');

    // More at once than are kept: what was there is gone, and the first of the new ones.
    const { dropped, added } = model.append(lines(11, 31));
    expect(dropped).toBe(8);
    expect(added.map(line => line.text)).toEqual(shown(model));
    expect(shown(model)[0]).toBe('line 23');
    expect(shown(model).length + model.dropped).toBe(31);
  });

  it('drops of the shown lines those that are dropped', () => {
    const model = new LogModel(4, 0);
    model.append(ERROR + INFO + ERROR + INFO);
    model.level = 'errors';
    expect(model.append(INFO + ERROR)).toMatchObject({
      dropped: 1,
      added: [{ text: broke }]
    });
    expect(shown(model)).toEqual([broke, broke]);
    expect(model.dropped).toBe(2);
  });
});

describe('a search', () => {
  const log = (most = 1000): LogModel => {
    const model = new LogModel(most, 0);
    model.append('one\nTwo (a)\nthree\ntwo (b)\nfour\ntwo (c)\n');
    return model;
  };

  it('finds lines in upper and lower case, and takes nothing for a pattern', () => {
    const { search, shown } = log();
    const count = (text: string): number => {
      search.find(text, shown);
      return search.count;
    };
    expect(['two', 'O (A)', '.*', 'nothing', ''].map(count)).toEqual([
      3, 1, 0, 0, 0
    ]);
    expect(search.pattern).toBeNull();
  });

  it('goes to the nearest line above, and round in both directions', () => {
    const { search, shown } = log();
    search.find('two', shown);
    expect([search.near(0), search.near(4), search.place]).toEqual([1, 3, 2]);
    expect([search.step(1), search.step(1), search.step(-1)]).toEqual([
      5, 1, 5
    ]);
    search.find('nothing', shown);
    expect([search.near(3), search.step(1), search.place]).toEqual([-1, -1, 0]);
  });

  it('leaves its pattern at the beginning when the last line has the text', () => {
    const { search, shown } = log();
    search.find(shown[shown.length - 1].text, shown);
    expect([
      ...shown[shown.length - 1].text.matchAll(search.pattern!)
    ]).toHaveLength(1);
  });

  it('keeps its place while lines come and go', () => {
    const model = log(6);
    const { search } = model;
    search.find('two', model.shown);
    search.near(3);
    model.append('five\nanother two\n');
    expect([search.count, search.place, search.current]).toEqual([3, 1, 1]);
    expect(search.step(-1)).toBe(5);
    model.append('1\n2\n3\n4\n5\n6\n');
    expect([search.count, search.place, search.current]).toEqual([0, 0, -1]);
  });

  it('looks through the lines of a level', () => {
    const model = new LogModel();
    model.append(INFO + ERROR + WARNING + ERROR);
    model.search.find('worker', model.shown);
    expect(model.search.count).toBe(3);
    model.level = 'errors';
    expect(model.search.count).toBe(2);
  });
});
