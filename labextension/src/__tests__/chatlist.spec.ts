import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { copyOf } from '../chat/copy';
import { ChatList } from '../chat/list';
import { ChatModel } from '../chat/model';
import type { JobsModel } from '../jobs/model';
import { FakeServer, makeChat, makeJob, makeTurn, refusal } from './fake';

let server: FakeServer;
let jobs: JobsModel;
let model: ChatModel;
let list: ChatList;

beforeEach(async () => {
  server = new FakeServer();
  server.jobs(makeJob());
  jobs = server.model();
  await jobs.refresh();
  const { api } = server;
  server.answers['GET chats'] = ({ query }) => ({
    chats: [
      makeChat({ id: 'new', name: 'Of France' }),
      makeChat({ id: 'old', name: 'Of rivers' })
    ].filter(chat => chat.name.includes(query.get('text') ?? ''))
  });
  for (const id of ['new', 'old']) {
    server.answers[`GET chats/${id}`] = () => ({
      ...makeChat({ id }),
      turns: []
    });
  }
  model = new ChatModel({ api, jobs, job: 'job1', chat: 'old' });
  list = new ChatList({ api, chat: model });
});

afterEach(() => {
  list.dispose();
  model.dispose();
  jobs.dispose();
});

const names = (): string[] => list.chats.map(chat => chat.name);

describe('ChatList', () => {
  it('follows what is shown, and searches', async () => {
    await model.load();
    expect(model.chat?.id).toBe('old');
    await vi.waitFor(() => expect(names()).toEqual(['Of France', 'Of rivers']));
    await list.search('rivers');
    expect(names()).toEqual(['Of rivers']);
  });

  it('shows only the answer to what was typed last', async () => {
    let slow: (() => void) | undefined;
    const answer = server.answers['GET chats'];
    server.answers['GET chats'] = async call => {
      if (call.query.get('text') === 'F') {
        await new Promise<void>(resolve => {
          slow = resolve;
        });
      }
      return answer(call);
    };
    const first = list.search('F');
    await list.search('rivers');
    slow?.();
    await first;
    expect(names()).toEqual(['Of rivers']);
  });

  it('shows another conversation when its own is deleted', async () => {
    await model.load();
    server.answers['DELETE chats/old'] = () =>
      new Response(null, { status: 204 });
    const rest = [makeChat({ id: 'new', name: 'Of France' })];
    server.answers['GET chats'] = () => ({ chats: rest });
    await list.remove(makeChat({ id: 'old' }));
    expect(model.chat?.id).toBe('new');
    expect(names()).toEqual(['Of France']);
  });

  it('says why something did not work', async () => {
    server.answers['PATCH chats/old'] = () =>
      refusal(404, 'There is no chat.', 'not_found');
    await list.rename(makeChat({ id: 'old' }), 'x');
    expect(list.error?.message).toBe('There is no chat.');
  });

  it('keeps an answer apart from a conversation that was opened meanwhile', async () => {
    await model.load();
    let say: (() => void) | undefined;
    server.answers['POST chats/old/turns'] = async () => {
      await new Promise<void>(resolve => {
        say = resolve;
      });
      return makeTurn();
    };
    const sent = model.send('Hello');
    await vi.waitFor(() => expect(say).toBeDefined());
    await model.open('new');
    say?.();
    await sent;
    expect(model.chat?.id).toBe('new');
    expect(model.turns).toHaveLength(0);
  });
});

describe('copyOf', () => {
  it('takes what has ended, with its figures', () => {
    const turns = [
      makeTurn({ state: 'stopped', reply: 'Par', finish_reason: 'cancelled' }),
      makeTurn({ n: 1 })
    ];
    const copy = copyOf(makeChat({ name: 'a', system: 'b' }), turns);
    expect(copy).toMatchObject({ name: 'a', system: 'b' });
    expect(copy.turns).toHaveLength(1);
    expect(copy.turns?.[0]).toMatchObject({
      state: 'stopped',
      finish_reason: 'cancelled'
    });
    expect(copy.turns?.[0]).not.toHaveProperty('n');
  });
});
