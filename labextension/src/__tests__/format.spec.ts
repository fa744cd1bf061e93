import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';

import {
  formatBytes,
  formatCountdown,
  formatDuration,
  formatPart,
  formatRing
} from '../format';

const trans = nullTranslator.load('');

describe('formats', () => {
  it('counts down like a clock and stops at zero', () => {
    expect(
      [3900, 3600, 1394, 60, 52.2, 0.4, 0, -3].map(formatCountdown)
    ).toEqual([
      '1:05:00',
      '1:00:00',
      '23:14',
      '1:00',
      '0:53',
      '0:01',
      '0:00',
      '0:00'
    ]);
  });

  it('fits a ring', () => {
    expect([52, 1394, 3900, 36000, 86400 * 3].map(formatRing)).toEqual([
      '0:52',
      '23:14',
      '1h05',
      '10h',
      '3d'
    ]);
  });

  it('writes durations in words', () => {
    const write = (seconds: number): string => formatDuration(seconds, trans);
    expect([5, 540, 5400, 7200, 183600].map(write)).toEqual([
      '5 s',
      '9 min',
      '1 h 30 min',
      '2 h',
      '2 d 3 h'
    ]);
  });

  it('writes bytes in binary units', () => {
    const gib = 2 ** 30;
    expect(
      [512, 98.1 * 2 ** 20, 13.5 * gib, 640 * gib].map(formatBytes)
    ).toEqual(['512\u00a0B', '98.1\u00a0MiB', '13.5\u00a0GiB', '640\u00a0GiB']);
    expect(formatPart(41.7 * gib, 80 * gib)).toEqual(['41.7', '80\u00a0GiB']);
    expect(formatPart(0.5 * gib, 80 * gib)).toEqual(['0.5', '80\u00a0GiB']);
  });
});
