import {
  act,
  cleanup,
  fireEvent,
  render,
  screen
} from '@testing-library/react';
import { nullTranslator } from '@jupyterlab/translation';
import React from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Attachments } from '../chat/attachments';
import type { MarkdownFactory } from '../chat/bubble';
import { ChatList } from '../chat/list';
import { ChatModel } from '../chat/model';
import { Presets } from '../chat/presets';
import { ChatView } from '../chat/view';
import { type IJobActions, type IViewContext, ViewContext } from '../context';
import type { JobsModel } from '../jobs/model';
import type { ChatRequest, Turn } from '../schema';
import { FakeServer, makeChat, makeJob, makeTurn, NOW, Stream } from './fake';

let server: FakeServer;
let jobs: JobsModel;
let model: ChatModel;
let list: ChatList;
let presets: Presets;
let attachments: Attachments;
const verbs = {
  runAndContinue: vi.fn(),
  remove: vi.fn(),
  forget: vi.fn(),
  attach: vi.fn(),
  more: vi.fn()
};

/** Text as it is, where the application renders Markdown. */
const plain: MarkdownFactory = host => ({
  update: text => {
    host.textContent = text;
  },
  dispose: () => undefined
});

beforeEach(async () => {
  server = new FakeServer();
  server.jobs(makeJob());
  jobs = server.model();
  await jobs.refresh();
  model = new ChatModel({ api: server.api, jobs, job: 'job1' });
  list = new ChatList({ api: server.api, chat: model });
  attachments = new Attachments();
  presets = new Presets(null, nullTranslator.load(''));
});

afterEach(() => {
  cleanup();
  vi.clearAllMocks();
  presets.dispose();
  attachments.dispose();
  list.dispose();
  model.dispose();
  jobs.dispose();
});

async function show(
  turns: Turn[] = [],
  sendWithShiftEnter = false,
  actions: Partial<IJobActions> = {}
): Promise<void> {
  server.answers['GET chats'] = () => ({ chats: [makeChat()] });
  server.answers['GET chats/chat1'] = () => ({ ...makeChat(), turns });
  const view: IViewContext = {
    trans: nullTranslator.load(''),
    clock: jobs.clock,
    visible: true,
    longest: () => null,
    root: () => '',
    actions: actions as IJobActions,
    copy: () => undefined
  };
  render(
    <ViewContext.Provider value={view}>
      <ChatView
        model={model}
        jobs={jobs}
        makeMarkdown={plain}
        sendWithShiftEnter={sendWithShiftEnter}
        list={list}
        attachments={attachments}
        presets={presets}
        verbs={verbs}
      />
    </ViewContext.Provider>
  );
  await act(() => model.load());
}

const message = (): HTMLTextAreaElement => screen.getByLabelText('Message');

async function type(text: string, key: object): Promise<void> {
  fireEvent.change(message(), { target: { value: text } });
  await act(async () => {
    fireEvent.keyDown(message(), { key: 'Enter', ...key });
    await Promise.resolve();
  });
}

const done = { state: 'done', reply: 'Paris.' } as const;

describe('ChatView', () => {
  it('sends with Enter, streams the answer and can stop it', async () => {
    await show();
    const stream = new Stream();
    server.answers['POST chats/chat1/turns'] = () => makeTurn();
    server.answers['GET chats/chat1/turns/0'] = () => stream;
    await type('Hello', {});
    await vi.waitFor(() => screen.getByRole('button', { name: 'Stop' }));
    expect(message().value).toBe('');
    stream.send('delta', { offset: 2, text: 'Hi' });
    const answer = screen.getByRole('article', { name: 'Answer' });
    await vi.waitFor(() => expect(answer.textContent).toContain('Hi'));
    expect(answer.getAttribute('aria-busy')).toBe('true');
    stream.send('turn', makeTurn({ ...done, reply: 'Hi there' }));
    await vi.waitFor(() => screen.getByRole('button', { name: 'Send' }));
    expect(answer.textContent).toContain('Hi there');
  });

  it('starts a line with Shift+Enter and leaves input methods alone', async () => {
    await show();
    await type('Hello', { shiftKey: true });
    await type('Hello', { isComposing: true });
    expect(server.calls).not.toContain('POST chats/chat1/turns');
  });

  it('can send with Shift+Enter instead', async () => {
    await show([], true);
    server.answers['POST chats/chat1/turns'] = () => makeTurn(done);
    await type('Hello', {});
    expect(server.calls).not.toContain('POST chats/chat1/turns');
    await type('Hello', { shiftKey: true });
    expect(server.calls).toContain('POST chats/chat1/turns');
  });

  it('sends what is attached with the message, or alone', async () => {
    await show();
    const bodies: unknown[] = [];
    server.answers['POST chats/chat1/turns'] = ({ body }) => {
      bodies.push(body);
      return makeTurn(done);
    };
    act(() => attachments.add({ title: 'a.py', text: 'x = 1' }));
    act(() => attachments.add({ title: 'b.py', text: 'y = 2' }));
    fireEvent.click(screen.getByRole('button', { name: 'Take away a.py' }));
    await type('Why?', {});
    await vi.waitFor(() =>
      expect(bodies).toEqual([{ content: 'Why?\n\n**b.py**\n\ny = 2' }])
    );
    await vi.waitFor(() => expect(attachments.items).toHaveLength(0));
    expect(screen.queryByRole('list', { name: 'Attached' })).toBeNull();
    const send = screen.getByRole<HTMLButtonElement>('button', {
      name: 'Send'
    });
    expect(send.disabled).toBe(true);
    act(() => attachments.add({ title: 'a.py', text: 'x = 1' }));
    expect(send.disabled).toBe(false);
  });

  it('edits a message in its place', async () => {
    await show([makeTurn({ ...done, content: 'Capital of Frnace?' })]);
    fireEvent.click(screen.getByRole('button', { name: 'Edit' }));
    expect(message().value).toBe('Capital of Frnace?');
    let sent: unknown;
    server.answers['POST chats/chat1/turns'] = ({ body }) => {
      sent = body;
      return makeTurn({ ...done, created_at: 1 });
    };
    await type('Capital of France?', {});
    await vi.waitFor(() =>
      expect(sent).toEqual({ content: 'Capital of France?', replace: 0 })
    );
  });

  it('sends a changed message in a branch, and leaves the chat as it was', async () => {
    await show([
      makeTurn({ ...done, content: 'One' }),
      makeTurn({ ...done, n: 1, content: 'Two' })
    ]);
    fireEvent.click(screen.getAllByRole('button', { name: 'Edit' })[1]);
    fireEvent.change(message(), { target: { value: 'Three' } });
    let begun: ChatRequest = {};
    let said: unknown;
    server.answers['POST chats'] = ({ body }) => {
      begun = body as ChatRequest;
      return {
        ...makeChat({ id: 'chat2' }),
        turns: [makeTurn({ ...done, content: 'One' })]
      };
    };
    server.answers['POST chats/chat2/turns'] = ({ body }) => {
      said = body;
      return makeTurn({ ...done, n: 1, content: 'Three' });
    };
    server.answers['GET chats/chat2/turns/1'] = () => new Stream();
    fireEvent.click(screen.getByRole('button', { name: 'Send in a branch' }));
    await vi.waitFor(() => expect(said).toEqual({ content: 'Three' }));
    expect(begun.turns?.map(turn => turn.content)).toEqual(['One']);
    await vi.waitFor(() =>
      expect(model.turns.map(({ turn }) => turn.content)).toEqual([
        'One',
        'Three'
      ])
    );
    expect(server.calls).not.toContain('POST chats/chat1/turns');
  });

  it('branches after an answer, and deletes from one on', async () => {
    await show([makeTurn(done), makeTurn({ ...done, n: 1 })]);
    let begun: ChatRequest = {};
    server.answers['POST chats'] = ({ body }) => {
      begun = body as ChatRequest;
      return { ...makeChat({ id: 'chat2' }), turns: [] };
    };
    const remove = screen.getAllByRole('button', { name: /^Delete from here/ });
    fireEvent.click(remove[1]);
    expect(verbs.forget).toHaveBeenCalledWith(1);
    fireEvent.click(screen.getAllByRole('button', { name: /^Branch/ })[0]);
    await vi.waitFor(() => expect(model.chat?.id).toBe('chat2'));
    expect(begun.turns).toHaveLength(1);
  });

  it('shows what an answer cost and what became of it', async () => {
    await show([
      makeTurn({
        ...done,
        finish_reason: 'length',
        context_trimmed: 2,
        usage: {
          prompt_tokens: 9,
          completion_tokens: 74,
          total_tokens: 83,
          prompt_tokens_details: null
        },
        timings: {
          queue: 0,
          first_token: 0.11,
          total: 2,
          tokens_per_second: 48.2,
          prefill: 0.11,
          per_token: 0.021,
          prompt_tokens: 9,
          completion_tokens: 74,
          reused_tokens: 5
        }
      })
    ]);
    const text = screen.getByRole('article', { name: 'Answer' }).textContent;
    for (const figure of [
      '48 tok/s',
      '74 tokens',
      'first token 0.11 s',
      'cut at the token limit',
      'the oldest 2 turns no longer fit the context'
    ]) {
      expect(text).toContain(figure);
    }
    fireEvent.click(screen.getByText('Timings'));
    const rows = screen.getByRole('group').querySelectorAll('dt, dd');
    expect([...rows].map(row => row.textContent)).toEqual([
      'Waited',
      '0 ms',
      'Read',
      '9 tokens · 5 of them reused · 110 ms',
      'First token after',
      '110 ms',
      'Wrote',
      '74 tokens · 21.0 ms each',
      'In all',
      '2.00 s'
    ]);
  });

  it('says why an answer failed', async () => {
    await show([
      makeTurn({
        state: 'failed',
        error: { message: 'Broke.', reason: 'engine_failed', hint: 'See log.' }
      })
    ]);
    expect(screen.getByRole('alert').textContent).toContain('Broke. See log.');
    screen.getByRole('button', { name: 'Regenerate' });
  });

  it('can only be read when the job has ended, and says why', async () => {
    await show([makeTurn(done)]);
    act(() =>
      server.tell(
        makeJob({
          state: 'released',
          ended_at: 5,
          reason: 'Auto-released after 30 min.',
          seq: 2
        })
      )
    );
    expect(screen.queryByLabelText('Message')).toBeNull();
    expect(screen.queryByRole('button', { name: 'Regenerate' })).toBeNull();
    expect(document.body.textContent).toContain('Auto-released after 30 min.');
    expect(document.body.textContent).toContain('Paris.');
  });

  it('says that a job is paused and lets it go on', async () => {
    server.jobs(makeJob({ state: 'paused', release_at: null, grant: [] }));
    await jobs.refresh();
    const resume = vi.fn();
    await show([makeTurn(done)], false, { resume });
    expect(screen.queryByLabelText('Message')).toBeNull();
    expect(document.body.textContent).toContain('llama2-7b-chat is paused');
    expect(document.body.textContent).not.toContain('not running yet');
    fireEvent.click(screen.getByRole('button', { name: 'Resume' }));
    expect(resume).toHaveBeenCalledWith(
      expect.objectContaining({ id: 'job1' })
    );
  });

  it('lets an ended job run again', async () => {
    server.jobs(
      makeJob({ state: 'released', release_at: null, ended_at: NOW - 60 })
    );
    await jobs.refresh();
    await show([makeTurn(done)]);
    fireEvent.click(
      screen.getByRole('button', { name: 'Run again and continue' })
    );
    expect(verbs.runAndContinue).toHaveBeenCalled();
  });

  it('lists the chats of its job, and begins, opens, renames and deletes them', async () => {
    await show([makeTurn(done)]);
    const other = makeChat({ id: 'chat2', name: 'Of rivers', turn_count: 3 });
    server.answers['GET chats'] = () => ({
      chats: [makeChat({ name: 'Of France' }), other]
    });
    const opener = screen.getByRole('button', { name: 'Chats' });
    expect(opener.getAttribute('aria-expanded')).toBe('false');
    fireEvent.click(opener);
    await act(() => list.refresh());
    const items = screen.getByRole('navigation', { name: 'Chats' });
    expect(items.querySelector('[aria-current="true"]')?.textContent).toContain(
      'Of France'
    );

    server.answers['GET chats/chat2'] = () => ({
      ...other,
      turns: [makeTurn({ ...done, reply: 'The Rhine.' })]
    });
    fireEvent.click(screen.getByText('Of rivers'));
    await vi.waitFor(() =>
      expect(document.body.textContent).toContain('The Rhine.')
    );
    expect(document.body.textContent).not.toContain('Paris.');

    fireEvent.click(screen.getByRole('button', { name: 'Rename Of rivers' }));
    let patch: unknown;
    server.answers['PATCH chats/chat2'] = ({ body }) => {
      patch = body;
      return { ...other, turns: [] };
    };
    const name = screen.getByLabelText('Name of the chat');
    fireEvent.change(name, { target: { value: 'Of bridges ' } });
    await act(async () => {
      fireEvent.keyDown(name, { key: 'Enter' });
      await Promise.resolve();
    });
    await vi.waitFor(() => expect(patch).toEqual({ name: 'Of bridges' }));

    fireEvent.click(screen.getByRole('button', { name: 'Delete Of France' }));
    expect(verbs.remove).toHaveBeenCalledWith(
      expect.objectContaining({ id: 'chat1' })
    );
    server.answers['POST chats'] = ({ body }) => {
      expect(body).toEqual({ job: 'job1' });
      return { ...makeChat({ id: 'chat3' }), turns: [] };
    };
    await act(async () => {
      fireEvent.click(screen.getByRole('button', { name: 'New chat' }));
      await Promise.resolve();
    });
    await vi.waitFor(() => expect(model.chat?.id).toBe('chat3'));
  });
});
