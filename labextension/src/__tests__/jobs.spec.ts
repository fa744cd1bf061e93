import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { DevicesModel } from '../devices/model';
import type { IJobChange, JobsModel } from '../jobs/model';
import type { Device } from '../schema';
import { FakeServer, makeJob, NOW, refusal } from './fake';

let server: FakeServer;
let model: JobsModel;

beforeEach(() => {
  server = new FakeServer();
  model = server.model();
});

afterEach(() => {
  model.dispose();
});

describe('JobsModel', () => {
  it('reads the jobs once and groups them', async () => {
    server.jobs(
      makeJob({ id: 'old', created_at: 1 }),
      makeJob({ id: 'queued', state: 'queued', created_at: 9 }),
      makeJob({ id: 'new', created_at: 2 }),
      makeJob({ id: 'gone', state: 'released', ended_at: 5 }),
      makeJob({ id: 'later', state: 'failed', ended_at: 6 })
    );
    expect(model.isReady).toBe(false);
    await model.refresh();
    expect(model.isReady).toBe(true);
    expect(model.live.map(job => job.id)).toEqual(['new', 'old', 'queued']);
    expect(model.ended.map(job => job.id)).toEqual(['later', 'gone']);
    expect(server.calls).toEqual(['GET status', 'GET jobs']);
  });

  it('follows events and asks nothing meanwhile', async () => {
    server.jobs(makeJob({ state: 'loading', seq: 3 }));
    await model.refresh();
    const changes: IJobChange[] = [];
    model.jobChanged.connect((_, change) => {
      changes.push(change);
    });
    server.tell(makeJob({ state: 'running', seq: 4 }));
    server.tell(makeJob({ id: 'other', state: 'fetching', seq: 1 }));
    expect(model.live.map(job => [job.id, job.state])).toEqual([
      ['job1', 'running'],
      ['other', 'fetching']
    ]);
    expect(changes[0].previous?.state).toBe('loading');
    expect(changes[1].previous).toBeUndefined();
    expect(server.calls).toHaveLength(2);
  });

  it('drops news that is older than what is known', async () => {
    server.jobs(makeJob({ state: 'running', seq: 7 }));
    await model.refresh();
    const changed = vi.fn();
    model.changed.connect(changed);
    server.tell(makeJob({ state: 'loading', seq: 6 }));
    server.tell(makeJob({ state: 'running', seq: 7 }));
    expect(model.live[0].state).toBe('running');
    expect(changed).not.toHaveBeenCalled();
  });

  it('keeps news that arrives while the list is on its way', async () => {
    server.jobs(makeJob({ state: 'loading', seq: 2 }));
    const answer = server.answers['GET jobs'];
    server.answers['GET jobs'] = call => {
      server.tell(makeJob({ state: 'running', seq: 5 }));
      server.tell(makeJob({ id: 'born', seq: 1 }));
      return answer(call);
    };
    await model.refresh();
    expect(model.get('job1')?.state).toBe('running');
    expect(model.get('born')).toBeDefined();
  });

  it('forgets jobs that the server no longer has', async () => {
    server.jobs(makeJob({ id: 'a' }), makeJob({ id: 'b' }));
    await model.refresh();
    server.jobs(makeJob({ id: 'b' }));
    await model.refresh();
    expect(model.live.map(job => job.id)).toEqual(['b']);
  });

  it('does not know a deleted job until it is restored', async () => {
    const job = makeJob({ state: 'released', ended_at: NOW - 60 });
    server.jobs(job);
    await model.refresh();
    server.tell({ ...job, deleted_at: NOW, seq: 2 });
    expect(model.get('job1')).toBeUndefined();
    expect(model.ended).toEqual([]);
    server.tell({ ...job, seq: 3 });
    expect(model.get('job1')?.state).toBe('released');
  });

  it("ignores other extensions' events", async () => {
    server.jobs();
    await model.refresh();
    server.events.emit({ schema_id: 'https://elsewhere/v1' });
    expect(model.live).toEqual([]);
  });

  it("keeps the server's time", async () => {
    server.jobs();
    await model.refresh();
    expect(model.clock.now()).toBeCloseTo(NOW, 0);
    server.tell(makeJob(), null, NOW + 100);
    expect(model.clock.now()).toBeCloseTo(NOW + 100, 0);
  });

  it('says that the server half is missing', async () => {
    await model.refresh();
    expect(model.error?.extensionMissing).toBe(true);
  });

  it('keeps what it knows when a later reading fails, and heals', async () => {
    server.jobs(makeJob());
    await model.refresh();
    const good = server.answers['GET jobs'];
    server.answers['GET jobs'] = () => refusal(500, 'Broken.', 'server_error');
    await model.refresh();
    expect(model.error?.message).toBe('Broken.');
    expect(model.live).toHaveLength(1);
    server.answers['GET jobs'] = good;
    await model.refresh();
    expect(model.error).toBeNull();
  });

  it('reads again after the connection was lost', async () => {
    server.jobs(makeJob({ seq: 1 }));
    await model.refresh();
    server.jobs(makeJob({ seq: 9, state: 'failed', ended_at: NOW }));
    server.connectionFailure.emit(new Error('down'));
    await vi.waitFor(() => expect(model.ended).toHaveLength(1));
  });

  it('reads again when the page is shown again', async () => {
    server.jobs();
    await model.refresh();
    server.jobs(makeJob());
    document.dispatchEvent(new Event('visibilitychange'));
    await vi.waitFor(() => expect(model.live).toHaveLength(1));
  });
});

describe('DevicesModel', () => {
  const device = (holders: Device['holders']): Device => ({
    id: 'cuda:0',
    kind: 'cuda',
    name: 'NVIDIA A100',
    label: 'A100 80G',
    total: 80 * 2 ** 30,
    free: 40 * 2 ** 30,
    holders,
    simulated: false,
    index: 0,
    uuid: null,
    capability: [8, 0],
    utilization: null
  });

  it('asks only while it is shown, and when memory moves', async () => {
    server.jobs(makeJob({ state: 'loading', seq: 1 }));
    server.answers['GET devices'] = () => ({
      devices: [device([{ job: 'job1', name: 'x', bytes: 1, until: '' }])],
      note: ''
    });
    await model.refresh();
    const devices = new DevicesModel({ api: server.api, jobs: model });
    const asked = (): number =>
      server.calls.filter(call => call === 'GET devices').length;
    server.tell(makeJob({ seq: 2 }));
    expect(asked()).toBe(0);
    devices.look(model, true);
    await vi.waitFor(() => expect(devices.devices).not.toBeNull());
    const before = asked();
    server.tell(makeJob({ seq: 3 }));
    server.tell(makeJob({ seq: 4, state: 'released', ended_at: NOW }));
    await vi.waitFor(() => expect(asked()).toBe(before + 1));
    devices.dispose();
  });

  it('gives a job the same colour until it lets go', async () => {
    let holders = ['a', 'b'];
    server.jobs();
    server.answers['GET devices'] = () => ({
      devices: [
        device(holders.map(job => ({ job, name: job, bytes: 1, until: '' })))
      ],
      note: ''
    });
    const devices = new DevicesModel({ api: server.api, jobs: model });
    await devices.refresh();
    expect(['a', 'b'].map(job => devices.colourOf(job))).toEqual([0, 1]);
    holders = ['b', 'c'];
    await devices.refresh();
    expect(['b', 'c'].map(job => devices.colourOf(job))).toEqual([1, 0]);
    devices.dispose();
  });
});
