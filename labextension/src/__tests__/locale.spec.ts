import { afterEach, describe, expect, it, vi } from 'vitest';

import { formatTime } from '../format';
import {
  CLOCK,
  DAY,
  formatCount,
  formatDate,
  formatList,
  pageLocale
} from '../locale';

const AFTERNOON = new Date(2026, 10, 28, 14, 5).getTime();

/** The page speaks `language`, the browser would rather have `languages`. */
function speak(language: string, languages: string[]): void {
  document.documentElement.lang = language;
  vi.spyOn(navigator, 'languages', 'get').mockReturnValue(languages);
}

afterEach(() => {
  vi.restoreAllMocks();
  document.documentElement.lang = '';
});

describe('the language of dates and counts', () => {
  it('is that of the page, whatever the browser speaks', () => {
    speak('zh-CN', ['de', 'en-US']);
    expect(formatDate(AFTERNOON, { ...CLOCK })).toBe('14:05');
    expect(formatDate(AFTERNOON, { ...DAY })).toBe('11月28日');
    expect(formatCount(4096)).toBe('4,096');
    expect(formatList(['30 分钟后', '空闲 1 小时后'])).toBe(
      '30 分钟后、空闲 1 小时后'
    );
  });

  it('is the variety of it that the browser has', () => {
    speak('en', ['de', 'en-GB']);
    expect(formatDate(AFTERNOON, { ...CLOCK })).toBe('14:05');
    expect(formatDate(AFTERNOON, { ...DAY })).toBe('28 Nov');
    expect(formatList(['after 30 min', 'when idle for 1 h'])).toBe(
      'after 30 min, when idle for 1 h'
    );
  });

  it("is the browser's while the page has none", () => {
    expect(pageLocale()).toBeUndefined();
  });

  it('leaves out the day of a moment of today', () => {
    const now = AFTERNOON / 1000;
    expect(formatTime(now, now + 60)).toMatch(/05/);
    expect(formatTime(now, now + 86400)).toMatch(/28/);
  });
});
