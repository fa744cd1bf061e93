import type { JupyterFrontEnd } from '@jupyterlab/application';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { JobsModel } from '../jobs/model';
import { notificationsPlugin } from '../notifications/plugin';
import { FakeServer, makeJob } from './fake';

const said = vi.hoisted(() => [] as string[]);

vi.mock('@jupyterlab/apputils', () => {
  const say = (message: string): number => said.push(message);
  return { Notification: { success: say, error: say } };
});

let server: FakeServer;
let jobs: JobsModel;

beforeEach(async () => {
  server = new FakeServer();
  jobs = server.model();
  const app = {} as JupyterFrontEnd;
  await notificationsPlugin.activate(app, jobs, null, null);
});

afterEach(() => {
  said.length = 0;
  jobs.dispose();
});

describe('notifications', () => {
  it('tell when a job comes to run, and when it fails', () => {
    server.tell(makeJob({ state: 'loading', name: 'llama' }));
    expect(said).toEqual([]);
    server.tell(makeJob({ state: 'running', name: 'llama', seq: 2 }));
    expect(said).toEqual(['llama is running.']);
    server.tell(
      makeJob({ state: 'failed', name: 'llama', reason: 'Oh.', seq: 3 })
    );
    expect(said).toEqual(['llama is running.', 'llama failed. Oh.']);
  });

  it('say nothing of a job that ran before it was first heard of', () => {
    server.tell(makeJob({ state: 'running' }));
    server.tell(makeJob({ state: 'running', seq: 2 }));
    expect(said).toEqual([]);
  });
});
