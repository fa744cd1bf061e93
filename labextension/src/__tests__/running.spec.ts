import { nullTranslator } from '@jupyterlab/translation';
import type { LabIcon } from '@jupyterlab/ui-components';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { JobsModel } from '../jobs/model';
import { RunningJobs } from '../running/manager';
import { CommandIDs } from '../tokens';
import { FakeServer, makeJob, NOW } from './fake';

let server: FakeServer;
let jobs: JobsModel;
let running: RunningJobs;
const changed = vi.fn<() => void>();
const executed: [string, unknown][] = [];
const cancelled: string[] = [];

beforeEach(async () => {
  vi.useFakeTimers({ now: NOW * 1000 });
  executed.length = cancelled.length = 0;
  server = new FakeServer();
  server.jobs(
    makeJob(),
    makeJob({ id: 'job2', name: 'waits', state: 'queued', release_at: null }),
    makeJob({ id: 'job3', state: 'released', ended_at: NOW })
  );
  jobs = server.model();
  await jobs.refresh();
  const commands = {
    execute: (command: string, args: { job: string }) => {
      executed.push([command, args.job]);
    }
  };
  running = new RunningJobs({
    jobs,
    commands: commands as never,
    trans: nullTranslator.load(''),
    icon: {} as LabIcon,
    cancel: job => cancelled.push(job.id)
  });
  changed.mockClear();
  running.runningChanged.connect(changed);
});

afterEach(() => {
  running.dispose();
  jobs.dispose();
  vi.useRealTimers();
});

const lines = (): string[] =>
  running
    .running()
    .map(item => `${item.label() as string}: ${item.detail?.()}`);

describe('RunningJobs', () => {
  it('lists the live jobs with state and time left', () => {
    expect(lines()).toEqual([
      'llama2-7b-chat: running · 20 min left',
      'waits: queued'
    ]);
  });

  it('opens and ends one', () => {
    const [first] = running.running();
    first.open?.();
    first.shutdown?.();
    expect(executed).toEqual([
      [CommandIDs.openJob, 'job1'],
      [CommandIDs.cancelJob, 'job1']
    ]);
  });

  it('ends all, and none twice', () => {
    server.tell(makeJob({ id: 'job4', state: 'cancelling', seq: 2 }));
    running.shutdownAll();
    expect(cancelled).toEqual(['job1', 'job2']);
  });

  it('tells when a line changed, not when figures moved', () => {
    const { metrics } = makeJob();
    server.tell(makeJob({ seq: 2, metrics: { ...metrics, requests: 9 } }));
    expect(changed).not.toHaveBeenCalled();
    vi.advanceTimersByTime(60_000);
    expect(changed).toHaveBeenCalledTimes(1);
    expect(lines()[0]).toBe('llama2-7b-chat: running · 19 min left');
    server.tell(makeJob({ seq: 3, state: 'cancelling' }));
    expect(changed).toHaveBeenCalledTimes(2);
    vi.advanceTimersByTime(600_000);
    expect(changed).toHaveBeenCalledTimes(2);
  });
});
