import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { ChatModel } from '../chat/model';
import type { JobsModel } from '../jobs/model';
import {
  FakeServer,
  makeChat,
  makeJob,
  makeTurn,
  refusal,
  Stream
} from './fake';

let server: FakeServer;
let jobs: JobsModel;
let model: ChatModel;

beforeEach(async () => {
  server = new FakeServer();
  server.jobs(makeJob());
  jobs = server.model();
  await jobs.refresh();
  model = new ChatModel({ api: server.api, jobs, job: 'job1' });
  server.calls.length = 0;
});

afterEach(() => {
  model.dispose();
  jobs.dispose();
});

function existing(...turns: ReturnType<typeof makeTurn>[]): void {
  server.answers['GET chats'] = () => ({ chats: [makeChat()] });
  server.answers['GET chats/chat1'] = () => ({ ...makeChat(), turns });
}

describe('ChatModel', () => {
  it('starts a conversation with a job that has none', async () => {
    server.answers['GET chats'] = () => ({ chats: [] });
    server.answers['POST chats'] = ({ body }) => {
      expect(body).toEqual({ job: 'job1' });
      return { ...makeChat(), turns: [] };
    };
    await model.load();
    expect(model.chat?.id).toBe('chat1');
  });

  it('starts none with a job that has ended', async () => {
    server.tell(makeJob({ state: 'released', ended_at: 1, seq: 5 }));
    server.answers['GET chats'] = () => ({ chats: [] });
    await model.load();
    expect(model.chat).toBeNull();
    expect(model.isLoaded).toBe(true);
    expect(server.calls).not.toContain('POST chats');
  });

  it('goes on watching a running turn from where it was, in characters', async () => {
    existing(makeTurn({ reply: 'Smile 😀' }));
    const stream = new Stream();
    let from: string | null = null;
    server.answers['GET chats/chat1/turns/0'] = ({ query }) => {
      from = query.get('from');
      return stream;
    };
    await model.load();
    await vi.waitFor(() => expect(from).toBe('7'));
    stream.send('delta', { offset: 9, text: ' :' });
    stream.send('turn', makeTurn({ reply: 'Smile 😀 :)', state: 'done' }));
    await vi.waitFor(() => expect(model.running).toBeNull());
    expect(model.turns[0].turn.reply).toBe('Smile 😀 :)');
  });

  it('sends, streams and stops', async () => {
    existing();
    await model.load();
    const stream = new Stream();
    server.answers['POST chats/chat1/turns'] = () => makeTurn();
    server.answers['GET chats/chat1/turns/0'] = () => stream;
    server.answers['DELETE chats/chat1/turns/0'] = () =>
      makeTurn({ reply: 'Once', state: 'stopped' });
    expect(await model.send('Hello')).toBe(true);
    stream.send('delta', { offset: 4, text: 'Once' });
    await vi.waitFor(() => expect(model.running?.turn.reply).toBe('Once'));
    await model.stop();
    expect(model.turns[0].turn.state).toBe('stopped');
    stream.send('delta', { offset: 9, text: ' upon' });
    stream.send('turn', makeTurn({ reply: 'Once', state: 'stopped' }));
    await vi.waitFor(() => expect(model.running).toBeNull());
    expect(model.turns[0].turn.reply).toBe('Once');
  });

  it('replaces a turn and all after it', async () => {
    const done = { reply: 'x', state: 'done' } as const;
    existing(
      makeTurn({ ...done, n: 0 }),
      makeTurn({ ...done, n: 1 }),
      makeTurn({ ...done, n: 2 })
    );
    await model.load();
    server.answers['POST chats/chat1/turns'] = ({ body }) => {
      expect(body).toEqual({ content: 'Hello', replace: 1 });
      return makeTurn({ n: 1, created_at: 5 });
    };
    server.answers['GET chats/chat1/turns/1'] = () => new Stream();
    await model.regenerate(model.turns[1]);
    expect(model.turns.map(({ turn }) => [turn.n, turn.state])).toEqual([
      [0, 'done'],
      [1, 'running']
    ]);
  });

  it('tells why a message was not taken, and can send again', async () => {
    existing();
    await model.load();
    server.answers['POST chats/chat1/turns'] = () =>
      refusal(400, '9000 tokens do not fit 4096.', 'context_overflow');
    expect(await model.send('long')).toBe(false);
    expect(model.error?.reason).toBe('context_overflow');
    expect(model.isSending).toBe(false);
    expect(model.turns).toHaveLength(0);
  });

  it('looks again when the job answered somebody else', async () => {
    existing();
    await model.load();
    existing(makeTurn({ state: 'done', reply: 'From the notebook' }));
    const job = makeJob({ seq: 2 });
    server.tell({ ...job, metrics: { ...job.metrics, requests: 1 } });
    await vi.waitFor(() => expect(model.turns).toHaveLength(1));
  });
});
