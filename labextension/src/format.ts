/**
 * Numbers as people read them. Units that are words come from the translator.
 */
import type { TranslationBundle } from '@jupyterlab/translation';

import { CLOCK, DAY, formatDate } from './locale';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/**
 * Bytes in binary units: `512 B`, `98.1 MiB`, `13.5 GiB`; figure and unit stay on one line.
 */
export function formatBytes(bytes: number): string {
  const [size, unit] = scale(bytes);
  return `${figures(size, unit)}\u00a0${UNITS[unit]}`;
}

/**
 * A part of a whole in the whole's unit, without repeating it: `41.7`, `80 GiB`.
 */
export function formatPart(part: number, whole: number): [string, string] {
  const unit = scale(whole)[1];
  const size = part / 1024 ** unit;
  return [
    figures(size, unit),
    formatBytes(whole).replace('.0\u00a0', '\u00a0')
  ];
}

function scale(bytes: number): [number, number] {
  let unit = 0;
  while (Math.abs(bytes) >= 1024 && unit < UNITS.length - 1) {
    bytes /= 1024;
    unit += 1;
  }
  return [bytes, unit];
}

function figures(size: number, unit: number): string {
  return unit === 0 || size >= 100 ? size.toFixed(0) : size.toFixed(1);
}

/**
 * How large a model is, by its parameters: `135 M`, `6.7 B`.
 */
export function formatParameters(count: number): string {
  return count < 1e9
    ? `${Math.round(count / 1e6)} M`
    : `${(count / 1e9).toFixed(1).replace('.0', '')} B`;
}

/**
 * What is left, as a clock that ticks: `0:52`, `23:14`, `1:05:00`; never below zero.
 */
export function formatCountdown(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(whole % 60)}`
    : `${minutes}:${two(whole % 60)}`;
}

/**
 * What is left, short enough for a ring: a ticking clock within the hour, `1h 05`, `12h`, `3d`.
 */
export function formatRing(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  if (whole < 3600) {
    return formatCountdown(whole);
  }
  const hours = Math.floor(whole / 3600);
  if (hours < 10) {
    return `${hours}h${String(Math.floor(whole / 60) % 60).padStart(2, '0')}`;
  }
  return hours < 48 ? `${hours}h` : `${Math.floor(hours / 24)}d`;
}

/**
 * A length of time in words: `45 s`, `12 min`, `1 h 30 min`, `2 d 3 h`.
 */
export function formatDuration(
  seconds: number,
  trans: TranslationBundle
): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) {
    return trans.__('%1 s', whole);
  }
  if (whole < 3600) {
    return trans.__('%1 min', Math.round(whole / 60));
  }
  if (whole < 86400) {
    const minutes = Math.floor(whole / 60) % 60;
    const hours = Math.floor(whole / 3600);
    return minutes
      ? trans.__('%1 h %2 min', hours, minutes)
      : trans.__('%1 h', hours);
  }
  const hours = Math.floor(whole / 3600) % 24;
  const days = Math.floor(whole / 86400);
  return hours ? trans.__('%1 d %2 h', days, hours) : trans.__('%1 d', days);
}

/**
 * A moment of today as a time of day, another one with its date.
 */
export function formatTime(seconds: number, now: number): string {
  const time = new Date(seconds * 1000);
  const sameDay = time.toDateString() === new Date(now * 1000).toDateString();
  return formatDate(time, sameDay ? CLOCK : DAY);
}
