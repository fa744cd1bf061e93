import { nullTranslator } from '@jupyterlab/translation';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { JobsModel } from '../jobs/model';
import {
  greatest,
  HEIGHT,
  paths,
  roundUp,
  spanOf,
  WIDTH
} from '../jobpage/geometry';
import { MetricsHistory, MOST_SAMPLES, SPAN } from '../jobpage/history';
import { chartsOf } from '../jobpage/series';
import type { JobMetrics } from '../schema';
import { FakeServer, makeJob, NOW } from './fake';

const trans = nullTranslator.load('');

const metrics = (changes: Partial<JobMetrics> = {}): JobMetrics => ({
  ...makeJob().metrics,
  ...changes
});

describe('MetricsHistory', () => {
  let server: FakeServer;
  let jobs: JobsModel;
  let history: MetricsHistory;
  let seq = 0;

  beforeEach(() => {
    vi.useFakeTimers({ now: NOW * 1000 });
    server = new FakeServer();
    jobs = server.model();
    history = new MetricsHistory(jobs);
  });

  afterEach(() => {
    history.dispose();
    jobs.dispose();
    vi.useRealTimers();
  });

  const tell = (changes: object, after = 0, id = 'job1'): void => {
    seq += 1;
    server.tell(makeJob({ id, seq, ...changes }), null, NOW + after);
  };

  it('keeps the figures that come with events, with their times', () => {
    tell({ metrics: metrics({ tokens_per_second: 10 }) });
    tell({ metrics: metrics({ tokens_per_second: 20 }) }, 2);
    expect(
      history
        .of('job1')
        .map(({ time, metrics: at }) => [time - NOW, at?.tokens_per_second])
    ).toEqual([
      [0, 10],
      [2, 20]
    ]);
    expect(history.of('other')).toEqual([]);
  });

  it('ends the line where a job gives its memory back', () => {
    tell({ state: 'queued' });
    expect(history.of('job1')).toEqual([]);
    tell({}, 2);
    tell({ state: 'paused' }, 4);
    tell({ state: 'paused', comment: 'rests' }, 6);
    expect(history.of('job1').map(sample => sample.metrics !== null)).toEqual([
      true,
      false
    ]);
  });

  it('is bounded in number and in time, and keeps what held before', () => {
    for (let i = 0; i < MOST_SAMPLES + 10; i += 1) {
      tell({}, i);
    }
    expect(history.of('job1')).toHaveLength(MOST_SAMPLES);
    const last = MOST_SAMPLES + 9;
    tell({}, last + SPAN - 3);
    expect(history.of('job1').map(({ time }) => time - NOW)).toEqual([
      last - 4,
      last - 3,
      last - 2,
      last - 1,
      last,
      last + SPAN - 3
    ]);
  });

  it('forgets the jobs that were told of longest ago', () => {
    for (let i = 0; i < 17; i += 1) {
      tell({}, i, `job${i}`);
    }
    expect(history.of('job0')).toEqual([]);
    expect(history.of('job1')).toHaveLength(1);
    expect(history.of('job16')).toHaveLength(1);
  });
});

describe('paths', () => {
  const frame = { from: 100, to: 160, top: 10 };

  it('draws figures that hold until the next one', () => {
    const { line, area } = paths(
      [
        { time: 100, value: 0 },
        { time: 130, value: 5 },
        { time: 145, value: 10 }
      ],
      frame
    );
    expect(line).toBe(
      `M0 ${HEIGHT}H${WIDTH / 2}V${HEIGHT / 2}H${WIDTH * 0.75}V0H${WIDTH}`
    );
    expect(area).toBe(
      `M0 ${HEIGHT}V${HEIGHT}H120V24H180V0H${WIDTH}V${HEIGHT}Z`
    );
  });

  it('begins at the edge with what held before, and leaves out what is older', () => {
    const { line } = paths(
      [
        { time: 10, value: 9 },
        { time: 90, value: 5 },
        { time: 130, value: 0 }
      ],
      frame
    );
    expect(line).toBe(`M0 24H120V48H${WIDTH}`);
  });

  it('leaves a gap where there was nothing', () => {
    const { line } = paths(
      [
        { time: 100, value: 5 },
        { time: 115, value: null },
        { time: 130, value: 5 }
      ],
      frame
    );
    expect(line).toBe(`M0 24H60M120 24H${WIDTH}`);
  });

  it('stays in its box', () => {
    expect(paths([{ time: 0, value: 99 }], frame).line).toBe(`M0 0H${WIDTH}`);
    expect(paths([{ time: 0, value: -1 }], frame).line).toBe(
      `M0 ${HEIGHT}H${WIDTH}`
    );
    expect(paths([], frame)).toEqual({ line: '', area: '' });
  });
});

describe('the frame of a chart', () => {
  it('grows with what there is to show', () => {
    expect([0, 59, 61, 301, 5000].map(spanOf)).toEqual([60, 60, 120, 600, 900]);
  });

  it('ends at a round figure', () => {
    expect([0, 0.3, 1, 3, 47, 51, 100, 2001].map(roundUp)).toEqual([
      1, 0.5, 1, 5, 50, 100, 100, 5000
    ]);
  });

  it('looks at what it shows only', () => {
    const points = [
      { time: 0, value: 90 },
      { time: 50, value: 40 },
      { time: 120, value: 7 }
    ];
    expect(greatest(points, 100)).toBe(40);
    expect(greatest(points, 10)).toBe(90);
    expect(greatest([], 0)).toBe(0);
  });
});

describe('chartsOf', () => {
  it('ends with what the job does now, below what it was granted', () => {
    const [memory, speed, requests] = chartsOf(
      makeJob({ metrics: metrics({ running: 2, waiting: 1 }) }),
      [{ time: NOW - 2, metrics: metrics({ memory: 2 ** 30 }) }],
      NOW,
      trans
    );
    expect(memory.lines[0].points).toEqual([
      { time: NOW - 2, value: 2 ** 30 },
      { time: NOW, value: 13.5 * 2 ** 30 }
    ]);
    expect(memory.bound).toEqual({ value: 14 * 2 ** 30, label: 'granted' });
    expect(memory.top(2 ** 30)).toBeGreaterThan(14 * 2 ** 30);
    expect(speed.format(47.4)).toBe('47 tok/s');
    expect(speed.format(0)).toBe('0 tok/s');
    expect(requests.lines.map(({ points }) => points[1].value)).toEqual([2, 1]);
  });

  it('tells no speed apart from an unknown one', () => {
    const speed = (changes: Partial<JobMetrics>): number | null =>
      chartsOf(makeJob({ metrics: metrics(changes) }), [], NOW, trans)[1]
        .lines[0].points[0].value;
    expect(speed({ tokens_per_second: null, running: 0 })).toBe(0);
    expect(speed({ tokens_per_second: null, running: 1 })).toBeNull();
  });

  it('draws an ended job from what is known of it', () => {
    const [memory] = chartsOf(
      makeJob({ state: 'released', ended_at: NOW, grant: [] }),
      [
        { time: NOW - 2, metrics: metrics() },
        { time: NOW, metrics: null }
      ],
      NOW,
      trans
    );
    expect(memory.lines[0].points.map(({ value }) => value)).toEqual([
      13.5 * 2 ** 30,
      null
    ]);
    expect(memory.bound).toBeUndefined();
  });
});
