import { describe, expect, it } from 'vitest';

import { ApiError } from '../errors';
import type { LogText, Turn } from '../schema';
import { FakeServer, makeJob, makeTurn, refusal, Stream } from './fake';

describe('Api', () => {
  it('asks below the base URL and sends JSON', async () => {
    const server = new FakeServer();
    let sent: unknown;
    server.answers['PATCH jobs/job1'] = ({ body }) => {
      sent = body;
      return makeJob({ release_after: 2700 });
    };
    const job = await server.api.patchJob('job1', { release_after: 2700 });
    expect(sent).toEqual({ release_after: 2700 });
    expect(job.release_after).toBe(2700);
  });

  it("brings the server's message, reason and hint", async () => {
    const server = new FakeServer();
    server.answers['POST jobs/job1/cancel'] = () =>
      refusal(409, 'It has ended.', 'wrong_state', 'Run it again.');
    const error = await server.api.cancelJob('job1').catch(e => e);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      status: 409,
      message: 'It has ended.',
      reason: 'wrong_state',
      hint: 'Run it again.',
      extensionMissing: false
    });
  });

  it('tells a missing extension from a missing job', async () => {
    const server = new FakeServer();
    server.answers['GET chats/x'] = () =>
      refusal(404, 'There is no chat x.', 'not_found');
    const missing: ApiError = await server.api.status().catch(e => e);
    const unknown: ApiError = await server.api.chat('x').catch(e => e);
    expect(missing.extensionMissing).toBe(true);
    expect(unknown.extensionMissing).toBe(false);
  });

  it('makes a lost connection an error of status 0', async () => {
    const server = new FakeServer();
    server.answers['GET jobs'] = () => {
      throw new TypeError('Failed to fetch');
    };
    const error: ApiError = await server.api.jobs().catch(e => e);
    expect(error).toBeInstanceOf(ApiError);
    expect(error.status).toBe(0);
  });

  it('resumes a log at the byte where it broke', async () => {
    const server = new FakeServer();
    const streams = [new Stream(), new Stream()];
    const offsets: (string | null)[] = [];
    server.answers['GET jobs/job1/logs'] = ({ query }) => {
      offsets.push(query.get('offset'));
      return streams[offsets.length - 1];
    };
    const logs: LogText[] = [];
    const done = server.api.followLog('job1', 5, log => logs.push(log), {
      signal: new AbortController().signal
    });
    streams[0].send('log', { text: 'é', offset: 7 });
    streams[0].end();
    streams[1].send('log', { text: 'b', offset: 8 });
    streams[1].send('end', {});
    await done;
    expect(offsets).toEqual(['5', '7']);
    expect(logs.map(log => log.text)).toEqual(['é', 'b']);
  });

  it('watches a turn to its end', async () => {
    const server = new FakeServer();
    const stream = new Stream();
    server.answers['GET chats/c/turns/0'] = () => stream;
    let text = '';
    let last: Turn | null = null;
    const done = server.api.watchTurn(
      'c',
      0,
      0,
      {
        delta: delta => {
          text += delta.text;
        },
        turn: turn => {
          last = turn;
        }
      },
      { signal: new AbortController().signal }
    );
    stream.send('delta', { offset: 2, text: 'Pa' });
    stream.send('delta', { offset: 5, text: 'ris' });
    stream.send('turn', makeTurn({ reply: 'Paris', state: 'done' }));
    await done;
    expect(text).toBe('Paris');
    expect(last).toMatchObject({ state: 'done' });
  });
});
