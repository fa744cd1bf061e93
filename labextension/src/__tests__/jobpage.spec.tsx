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

import { type IJobActions, useView, ViewContext } from '../context';
import { factsOf } from '../jobpage/facts';
import { MetricsHistory } from '../jobpage/history';
import { JobPageModel, sectionOf } from '../jobpage/model';
import { PageBody, PageHead } from '../jobpage/page';
import type { JobsModel } from '../jobs/model';
import type { JobEvent } from '../schema';
import { FakeServer, makeChat, makeJob, NOW, refusal } from './fake';

const trans = nullTranslator.load('');

let server: FakeServer;
let jobs: JobsModel;
let model: JobPageModel;
const onShowAll = vi.fn();
const onRefresh = vi.fn();
const chat = vi.fn<IJobActions['chat']>();

beforeEach(() => {
  vi.clearAllMocks();
  server = new FakeServer();
  server.answers['GET jobs/job1/command'] = () => ({
    command: '%sw run llama2-7b-chat --release 30m'
  });
  jobs = server.model();
  model = new JobPageModel({
    api: server.api,
    jobs,
    job: 'job1',
    history: new MetricsHistory(jobs)
  });
});

afterEach(() => {
  cleanup();
  model.dispose();
  jobs.dispose();
});

function event(message: string, changes: Partial<JobEvent> = {}): JobEvent {
  return {
    job: 'job1',
    time: NOW,
    kind: 'state',
    state: 'running',
    message,
    cause: 'user',
    ...changes
  };
}

function InView(props: {
  visible?: boolean;
  children: React.ReactNode;
}): React.ReactElement {
  const view = useView();
  return (
    <ViewContext.Provider
      value={{
        ...view,
        visible: props.visible ?? true,
        clock: jobs.clock,
        actions: { ...view.actions, chat }
      }}
    >
      {props.children}
    </ViewContext.Provider>
  );
}

async function show(): Promise<void> {
  render(
    <InView>
      <PageHead model={model} prefix="page" />
      <PageBody model={model} onRefresh={onRefresh} onShowAll={onShowAll} />
    </InView>
  );
  await act(() => jobs.refresh());
}

const choose = (name: string): void => {
  fireEvent.click(screen.getByRole('tab', { name }));
};

describe('a job page', () => {
  it('shows all there is to know, charts, and the line for the same', async () => {
    server.jobs(
      makeJob({
        comment: 'for chapter 3',
        phases: { fetching: 12, queued: 0, loading: 4.2 }
      })
    );
    await show();
    expect(screen.getByRole('heading', { level: 2 }).textContent).toBe(
      'llama2-7b-chat'
    );
    const text = document.body.textContent;
    for (const word of [
      'ki72ulaf (latest)',
      '4,096 tokens',
      'Granted on cuda:0',
      '14.0\u00a0GiB',
      'Loading took4.2 s',
      'after 30 min',
      'me, notebook',
      'quickstart.ipynb',
      'for chapter 3'
    ]) {
      expect(text).toContain(word);
    }
    expect(
      screen.getByRole('img', { name: /^Memory: 13.5\u00a0GiB now/ })
    ).toBeTruthy();
    expect(
      await screen.findByText('%sw run llama2-7b-chat --release 30m')
    ).toBeTruthy();
  });

  it('shows the averages of the latest replies, and what the cache holds', async () => {
    const { metrics } = makeJob();
    server.jobs(
      makeJob({
        metrics: {
          ...metrics,
          averages: {
            replies: 12,
            queue: 0.01,
            first_token: 0.214,
            per_token: 0.0211,
            tokens_per_second: 47.4,
            prefill_tokens_per_second: null,
            reused: 0.876
          },
          kv: { share: 0.031, tokens: 512, capacity: 16384 }
        }
      })
    );
    await show();
    const text = document.body.textContent;
    for (const word of [
      'Averages of12',
      'First token after0.21 s',
      'Wrote with47 tok/s',
      'Reused of prompts88 %',
      'KV cache512 of 16,384 tokens (3 %)'
    ]) {
      expect(text).toContain(word);
    }
    expect(text).not.toContain('Read with');
  });

  it('is told what happened, and adds what happens', async () => {
    server.jobs(makeJob());
    server.answers['GET jobs/job1/events'] = () => ({
      events: [event('Submitted from quickstart.ipynb.')]
    });
    await show();
    choose('Events');
    expect(await screen.findByText(/^Submitted/)).toBeTruthy();
    act(() =>
      server.tell(
        makeJob({ seq: 2 }),
        event('Extended by 15 min.', { cause: 'release clock' })
      )
    );
    const lines = screen.getAllByRole('listitem').map(li => li.textContent);
    expect(lines).toHaveLength(2);
    expect(lines[1]).toContain('Extended by 15 min.by the release clock');
    expect(
      server.calls.filter(call => call === 'GET jobs/job1/events')
    ).toHaveLength(1);
  });

  it('says why it cannot tell, and tries again', async () => {
    server.jobs(makeJob());
    server.answers['GET jobs/job1/events'] = () =>
      refusal(507, 'The disk is full.', 'disk_full', 'Make room.');
    await show();
    choose('Events');
    const alert = await screen.findByRole('alert');
    expect(alert.textContent).toContain('The disk is full. Make room.');
    server.answers['GET jobs/job1/events'] = () => ({
      events: [event('It runs.')]
    });
    fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByText('It runs.')).toBeTruthy();
    expect(screen.queryByRole('alert')).toBeNull();
  });

  it('leads to the conversation', async () => {
    server.jobs(makeJob());
    server.answers['GET chats'] = () => ({
      chats: [
        makeChat({ id: 'newer', name: 'RLHF notes', turn_count: 3 }),
        makeChat({ id: 'older' })
      ]
    });
    await show();
    choose('Chats');
    expect(await screen.findByText('RLHF notes')).toBeTruthy();
    expect(document.body.textContent).toContain('3 turns');
    fireEvent.click(screen.getByRole('button', { name: 'Open chat' }));
    expect(chat).toHaveBeenCalledWith(expect.objectContaining({ id: 'job1' }));
  });

  it('shows how to talk to it, and no token', async () => {
    server.jobs(makeJob());
    await show();
    choose('Connect');
    const text = (): string => document.body.textContent ?? '';
    expect(text()).toContain('http://server/a%40b/jupyter-sw/v1/chat/comp');
    expect(text()).toContain('Bearer $JUPYTER_SW_TOKEN');
    fireEvent.click(screen.getByRole('radio', { name: 'openai client' }));
    expect(text()).toContain('from openai import OpenAI');
    act(() => server.tell(makeJob({ seq: 2, kind: 'kernel' })));
    expect(text()).toContain('lives in a kernel');
  });

  it('draws nothing while nobody sees it', async () => {
    server.jobs(makeJob());
    const page = (visible: boolean): React.ReactElement => (
      <InView visible={visible}>
        <PageBody model={model} onRefresh={onRefresh} onShowAll={onShowAll} />
      </InView>
    );
    const { rerender } = render(page(true));
    await act(() => jobs.refresh());
    rerender(page(false));
    const { metrics } = makeJob();
    const busy = makeJob({ seq: 2, metrics: { ...metrics, running: 3 } });
    act(() => server.tell(busy));
    expect(screen.queryByRole('img', { name: /3 running/ })).toBeNull();
    rerender(page(true));
    expect(screen.getByRole('img', { name: /3 running/ })).toBeTruthy();
  });

  it('goes from tab to tab with the arrows', async () => {
    server.jobs(makeJob());
    server.answers['GET chats'] = () => ({ chats: [] });
    await show();
    const list = screen.getByRole('tablist');
    const chosen = (): (string | null)[] =>
      screen
        .getAllByRole('tab', { selected: true })
        .map(({ textContent }) => textContent);
    expect(chosen()).toEqual(['Overview']);
    fireEvent.keyDown(list, { key: 'ArrowLeft' });
    expect(chosen()).toEqual(['Chats']);
    expect(document.activeElement?.textContent).toBe('Chats');
    fireEvent.keyDown(list, { key: 'Home' });
    expect(chosen()).toEqual(['Overview']);
    const stops = screen.getAllByRole('tab').map(({ tabIndex }) => tabIndex);
    expect(stops).toEqual([0, -1, -1, -1, -1]);
    expect(await screen.findByText(/^%sw run/)).toBeTruthy();
  });

  it('says that a job is gone, and what to do', async () => {
    server.jobs(makeJob({ id: 'other' }));
    await show();
    expect(screen.getByRole('alert').textContent).toContain('is gone');
    fireEvent.click(
      screen.getByRole('button', { name: 'Show the jobs there are' })
    );
    expect(onShowAll).toHaveBeenCalled();
  });

  it('tells a job that is gone from a server that does not answer', async () => {
    server.jobs();
    server.answers['GET jobs'] = () => refusal(500, 'Ouch.', 'server_error');
    await show();
    expect(screen.getByRole('alert').textContent).toContain('Ouch.');
    fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(onRefresh).toHaveBeenCalled();
  });
});

describe('the facts of a job', () => {
  const told = (changes: object): Record<string, string> =>
    Object.fromEntries(
      factsOf(makeJob(changes), NOW, trans)
        .flatMap(({ facts }) => facts)
        .map(({ label, text }) => [label, text])
    );

  it('leave out what does not apply', () => {
    const live = told({});
    expect(Object.keys(live)).not.toContain('Ended');
    expect(Object.keys(live)).not.toContain('Adapter');
    expect(live['Auto-release']).toBe('after 30 min');
    expect(told({ release_after: null })['Auto-release']).toBe('never');
  });

  it('tell an ended job by its end', () => {
    const ended = told({ state: 'released', ended_at: NOW - 60, pid: null });
    expect(ended.Ran).toBe('9 min');
    expect(Object.keys(ended)).not.toContain('Released at');
    expect(Object.keys(ended)).not.toContain('Process');
  });

  it('name who asked for it, unless Jupyter made the name up', () => {
    const owner = { user: 'ada', client: 'lab', notebook: null };
    expect(told({ owner })['Asked by']).toBe('ada, lab');
    const nobody = { ...owner, user: 'd7c22df2fa4b40efb67b4a0e16047282' };
    expect(told({ owner: nobody })['Asked by']).toBe('lab');
  });

  it('never name a simulated device without saying so', () => {
    const grant = [{ device: 'cuda:0', bytes: 1024, simulated: true }];
    expect(told({ grant })['Granted on cuda:0 (simulated)']).toBe(
      '1.0\u00a0KiB'
    );
  });
});

describe('sectionOf', () => {
  it('takes what a layout may hold', () => {
    expect(sectionOf('events')).toBe('events');
    expect([null, 3, 'nosuch', undefined].map(sectionOf)).toEqual(
      Array(4).fill(undefined)
    );
  });
});
