// The whole package needs more of a browser than there is here.
import { Notification } from '@jupyterlab/apputils/lib/notification';
import { nullTranslator } from '@jupyterlab/translation';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { JobsModel } from '../jobs/model';
import { ReleaseWarnings } from '../notifications/warnings';
import type { Job, JobEvent } from '../schema';
import { FakeServer, makeJob, NOW } from './fake';

let server: FakeServer;
let jobs: JobsModel;
let warnings: ReleaseWarnings;
const onExtend = vi.fn();

beforeEach(async () => {
  vi.clearAllMocks();
  server = new FakeServer();
  server.jobs();
  jobs = server.model();
  await jobs.refresh();
  warnings = new ReleaseWarnings({
    jobs,
    trans: nullTranslator.load(''),
    notices: Notification,
    onExtend
  });
});

afterEach(() => {
  Notification.dismiss();
  jobs.dispose();
});

const shown = (): string[] =>
  Notification.manager.notifications.map(item => item.message);

function warn(job: Job, cause = 'release clock'): void {
  const event: JobEvent = {
    job: job.id,
    time: NOW,
    kind: 'warning',
    state: 'running',
    message: '',
    cause
  };
  warnings.show(job, event);
}

const soon = (left: number, changes: Partial<Job> = {}): Job =>
  makeJob({ release_at: NOW + left, ...changes });

describe('ReleaseWarnings', () => {
  it('says in how long, and at what time of day', () => {
    warn(soon(600));
    const time = new Date((NOW + 600) * 1000).toLocaleTimeString([], {
      hour: '2-digit',
      minute: '2-digit'
    });
    expect(shown()).toEqual([
      `llama2-7b-chat is released in 10 min, at ${time}, unless it is extended.`
    ]);
    const [{ options }] = Notification.manager.notifications;
    expect(options.autoClose).toBe(false);
    options.actions![0].callback(new MouseEvent('click'));
    expect(onExtend).toHaveBeenCalledWith(
      expect.objectContaining({ id: 'job1' })
    );
  });

  it('puts the later warning in the place of the earlier', () => {
    warn(soon(600));
    warn(soon(600, { id: 'job2', name: 'other' }));
    warn(soon(60), 'idle clock');
    expect(shown()).toHaveLength(2);
    expect(shown().join()).toContain('is released in 1 min');
    expect(shown().join()).toContain('unless it is used');
    expect(shown().join()).toContain('other is released in 10 min');
  });

  it('goes when the job is used again, and when the release is far away', () => {
    warn(soon(60), 'idle clock');
    warnings.check(soon(58));
    expect(shown()).toHaveLength(1);
    warnings.check(makeJob({ release_at: null }));
    expect(shown()).toEqual([]);

    warn(soon(60), 'idle clock');
    warnings.check(soon(1800));
    expect(shown()).toEqual([]);
  });

  it('goes when the job does not run any more', () => {
    warn(soon(60));
    warnings.check(makeJob({ state: 'released', release_at: null }));
    expect(shown()).toEqual([]);
  });

  it("offers no more time than the server's limit leaves", async () => {
    const status = server.answers['GET status'];
    server.answers['GET status'] = call => ({
      ...(status(call) as object),
      max_release_after: 700
    });
    await jobs.refresh();
    warn(soon(60)); // has run for 600 seconds: 40 more are allowed
    const [{ options }] = Notification.manager.notifications;
    expect(options.actions!.map(action => action.label)).toEqual(['+40 s']);
    warn(soon(100));
    expect(Notification.manager.notifications[0].options.actions).toEqual([]);
  });
});
