import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { CompareModel } from '../chat/compare';
import type { JobsModel } from '../jobs/model';
import { FakeServer, makeChat, makeJob, makeTurn, refusal } from './fake';

let server: FakeServer;
let jobs: JobsModel;
let model: CompareModel;
let said: string[];

beforeEach(async () => {
  server = new FakeServer();
  server.jobs(makeJob(), makeJob({ id: 'job2' }));
  jobs = server.model();
  await jobs.refresh();
  said = [];
  for (const job of ['job1', 'job2']) {
    const chat = makeChat({ id: `chat-${job}`, job });
    server.answers[`GET chats/chat-${job}`] = () => ({ ...chat, turns: [] });
    server.answers[`POST chats/chat-${job}/turns`] = ({ body }) => {
      said.push(`${job}: ${(body as { content: string }).content}`);
      return makeTurn({ state: 'done', reply: job });
    };
  }
  const newer = makeChat({ id: 'newer' });
  server.answers['GET chats'] = ({ query }) => ({
    chats: [newer, makeChat({ id: `chat-${query.get('job')}` })]
  });
  const columns = ['job1', 'job2'].map(job => ({ job, chat: `chat-${job}` }));
  model = new CompareModel({ api: server.api, jobs, columns });
  await model.load();
});

afterEach(() => {
  model.dispose();
  jobs.dispose();
});

const replies = (): string[][] =>
  model.chats.map(chat => chat.turns.map(({ turn }) => turn.reply));

describe('CompareModel', () => {
  it('says the same to all', async () => {
    expect(await model.send('Hi')).toBe(true);
    expect(said.sort()).toEqual(['job1: Hi', 'job2: Hi']);
    expect(replies()).toEqual([['job1'], ['job2']]);
  });

  it('goes on with those that live', async () => {
    server.tell(
      makeJob({ id: 'job2', state: 'released', ended_at: 1, seq: 9 })
    );
    expect(model.isWritable).toBe(true);
    expect(await model.send('Hi')).toBe(true);
    expect(replies()).toEqual([['job1'], []]);
    server.tell(makeJob({ state: 'released', ended_at: 1, seq: 9 }));
    expect(model.isWritable).toBe(false);
    expect(await model.send('Hi')).toBe(false);
  });

  it('tells in a column why its model took nothing', async () => {
    server.answers['POST chats/chat-job2/turns'] = () =>
      refusal(400, 'Too long.', 'context_overflow');
    expect(await model.send('Hi')).toBe(true);
    expect(model.chats.map(chat => chat.error?.message ?? null)).toEqual([
      null,
      'Too long.'
    ]);
  });
});
