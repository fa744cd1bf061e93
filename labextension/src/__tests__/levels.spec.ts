import { describe, expect, it } from 'vitest';

import { LevelFilter } from '../logs/levels';

const AT = '2026-01-01T00:00:00.000Z';
const INFO = `${AT} INFO jupyter_sw.worker: loading\n`;
const WARNING = `${AT} WARNING torch: slow\n`;
const ERROR = `${AT} ERROR jupyter_sw.worker: broke\n`;
const TRACE = 'Traceback (most recent call last):\nValueError: no\n';

describe('the levels of a log', () => {
  it('shows everything at once when nothing is filtered', () => {
    expect(new LevelFilter('all').take('no end of li')).toBe('no end of li');
  });

  it('shows a level and those above it, and a traceback with its error', () => {
    const log = `printed\n${INFO}${WARNING}${ERROR}${TRACE}${INFO}more\n`;
    expect(new LevelFilter('warnings').take(log)).toBe(WARNING + ERROR + TRACE);
    expect(new LevelFilter('errors').take(log)).toBe(ERROR + TRACE);
  });

  it('waits for the end of a line, wherever a piece ends', () => {
    const filter = new LevelFilter('errors');
    const log = INFO + ERROR + TRACE;
    const shown = [...log].map(character => filter.take(character)).join('');
    expect(shown).toBe(ERROR + TRACE);
    expect(filter.take('killed')).toBe('');
    expect(filter.end()).toBe('killed\n');
    expect(filter.end()).toBe('');
  });
});
