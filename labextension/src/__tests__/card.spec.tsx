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

import { Clock } from '../clock';
import { type IJobActions, ViewContext } from '../context';
import { JobCard } from '../jobs/card';
import type { Job } from '../schema';
import { makeJob, NOW } from './fake';

const actions = {
  open: vi.fn<IJobActions['open']>(),
  chat: vi.fn<IJobActions['chat']>(),
  logs: vi.fn<IJobActions['logs']>(),
  extend: vi.fn<IJobActions['extend']>(),
  cancel: vi.fn<IJobActions['cancel']>(),
  pause: vi.fn<IJobActions['pause']>(),
  resume: vi.fn<IJobActions['resume']>(),
  rerun: vi.fn<IJobActions['rerun']>(),
  remove: vi.fn<IJobActions['remove']>(),
  removeAll: vi.fn<IJobActions['removeAll']>(),
  removeThese: vi.fn<IJobActions['removeThese']>(),
  cancelThese: vi.fn<IJobActions['cancelThese']>(),
  pin: vi.fn<IJobActions['pin']>(),
  openNotebook: vi.fn<IJobActions['openNotebook']>(),
  more: vi.fn<IJobActions['more']>()
};

beforeEach(() => {
  vi.useFakeTimers({ now: NOW * 1000 });
  vi.clearAllMocks();
});

afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

function show(
  changes: Partial<Job>,
  { visible = true, longest = null as number | null } = {}
): HTMLElement {
  const view = {
    trans: nullTranslator.load(''),
    clock: new Clock(),
    visible,
    actions,
    longest: () => longest,
    root: () => '/home/me',
    copy: vi.fn()
  };
  const { container } = render(
    <ViewContext.Provider value={view}>
      <ul>
        <JobCard job={makeJob(changes)} />
      </ul>
    </ViewContext.Provider>
  );
  return container.querySelector('[data-job="job1"]')!;
}

const buttons = (): (string | null)[] =>
  screen
    .getAllByRole('button')
    .filter(node => !['jp-sw-Job-name', 'jp-sw-Link'].includes(node.className))
    .map(node => node.getAttribute('aria-label') ?? node.textContent);

const countdown = (): string | null =>
  document.querySelector('.jp-sw-Countdown')?.textContent ?? null;

const tick = (seconds: number): void => {
  act(() => {
    vi.advanceTimersByTime(seconds * 1000);
  });
};

describe('JobCard', () => {
  it('opens its notebook, where that is one of the files here', () => {
    const owner = { user: 'me', client: 'notebook', notebook: '' };
    show({ owner: { ...owner, notebook: '/home/me/notes/fun.ipynb' } });
    fireEvent.click(screen.getByRole('button', { name: 'fun.ipynb' }));
    expect(actions.openNotebook).toHaveBeenCalledWith('notes/fun.ipynb');
    cleanup();
    show({
      state: 'released',
      owner: { ...owner, notebook: '/home/you/fun.ipynb' }
    });
    expect(screen.queryByRole('button', { name: 'fun.ipynb' })).toBeNull();
    expect(screen.getByTitle('/home/you/fun.ipynb').textContent).toBe(
      'fun.ipynb'
    );
  });

  it('tells that it is pinned', () => {
    show({});
    expect(screen.queryByRole('img', { name: 'Pinned' })).toBeNull();
    cleanup();
    show({ pinned: true });
    expect(screen.getByRole('img', { name: 'Pinned' })).toBeTruthy();
  });

  it('opens the page of the job from its name', () => {
    show({});
    fireEvent.click(screen.getByRole('button', { name: 'llama2-7b-chat' }));
    expect(actions.open).toHaveBeenCalledWith(
      expect.objectContaining({ id: 'job1' })
    );
  });

  it('shows a running job with what it costs', () => {
    const card = show({});
    expect(card.dataset.state).toBe('running');
    expect(card.textContent).toContain('running');
    expect(card.querySelector('.jp-sw-Job-facts')?.textContent).toBe(
      'ki72ulaf (latest) · 13.5\u00a0GiB · 47 tok/s · quickstart.ipynb'
    );
    expect(buttons()).toEqual([
      'Chat',
      '+15 min',
      'Logs',
      'Pause',
      'Cancel',
      'More'
    ]);
    expect(screen.getByRole('timer').getAttribute('aria-label')).toMatch(
      /^Released in 20 min, at /
    );
  });

  it('says that its device is simulated', () => {
    const card = show({
      grant: [{ device: 'cuda:0', bytes: 14 * 2 ** 30, simulated: true }]
    });
    const facts = card.querySelector<HTMLElement>('.jp-sw-Job-facts')!;
    expect(facts.textContent).toContain('13.5\u00a0GiB · simulated');
    expect(facts.title).toContain('14.0\u00a0GiB on cuda:0 (simulated)');
  });

  it('counts down once a second while it can be seen', () => {
    show({});
    expect(countdown()).toBe('20:00');
    tick(3);
    expect(countdown()).toBe('19:57');
  });

  it('does not tick where nobody looks', () => {
    show({}, { visible: false });
    tick(30);
    expect(countdown()).toBe('20:00');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('turns amber and red near its release', () => {
    show({ release_at: NOW + 301 });
    const near = (): string | undefined =>
      document.querySelector<HTMLElement>('.jp-sw-Countdown')?.dataset.urgency;
    expect(near()).toBe('calm');
    tick(1);
    expect(near()).toBe('soon');
    expect(document.body.textContent).toContain('released in 5:00');
    tick(240);
    expect(near()).toBe('last');
  });

  it('does what its buttons say', () => {
    show({});
    for (const [name, action] of [
      ['Chat', actions.chat],
      ['Logs', actions.logs],
      ['+15 min', actions.extend],
      ['Pause', actions.pause],
      ['Cancel', actions.cancel]
    ] as const) {
      fireEvent.click(screen.getByRole('button', { name }));
      expect(action).toHaveBeenCalledWith(
        expect.objectContaining({ id: 'job1' })
      );
    }
  });

  it('offers no extension to a job that is never released', () => {
    show({ release_at: null, release_after: null });
    expect(buttons()).toEqual(['Chat', 'Logs', 'Pause', 'Cancel', 'More']);
    expect(countdown()).toBeNull();
  });

  it('extends no further than the server allows', () => {
    show({}, { longest: 1800 + 420 });
    fireEvent.click(screen.getByRole('button', { name: '+7 min' }));
    expect(actions.extend).toHaveBeenCalled();
  });

  it('says why it cannot be extended', () => {
    show({}, { longest: 1800 });
    const button = screen.getByRole<HTMLButtonElement>('button', {
      name: '+15 min'
    });
    expect(button.disabled).toBe(true);
    expect(button.title).toContain(
      'this server lets no job run longer than 30 min'
    );
  });

  it('counts the time before a pause in its ring', () => {
    show({ ran_before: 600, release_at: NOW + 600 });
    const ring = document.querySelector('.jp-sw-Countdown-left')!;
    const [left] = ring.getAttribute('stroke-dasharray')!.split(' ');
    expect(Number(left)).toBeCloseTo((600 / 1800) * 2 * Math.PI * 15.5, 2);
  });

  it('offers no chat with a completion model', () => {
    show({ handler: 'completion' });
    expect(buttons()).not.toContain('Chat');
  });

  it('shows how far a download is', () => {
    const card = show({
      state: 'fetching',
      release_at: null,
      grant: [],
      progress: {
        stage: 'download',
        fraction: 0.615,
        detail: '15.9 of 26.0 GB · 212 MB/s'
      }
    });
    expect(card.textContent).toContain('fetching 61 %');
    expect(card.textContent).toContain('15.9 of 26.0 GB · 212 MB/s');
    expect(card.textContent).toContain('holds no memory yet');
    expect(screen.getByRole('progressbar').getAttribute('aria-valuenow')).toBe(
      '62'
    );
    expect(buttons()).toEqual(['Cancel', 'More']);
  });

  it('shows progress of unknown length without a number', () => {
    show({
      state: 'loading',
      release_at: null,
      progress: { stage: 'import', fraction: null, detail: '' }
    });
    const bar = screen.getByRole('progressbar');
    expect(bar.hasAttribute('aria-valuenow')).toBe(false);
    expect(bar.getAttribute('aria-label')).toBe('llama2-7b-chat: loading');
    expect(buttons()).toEqual(['Logs', 'Cancel', 'More']);
  });

  it('says what a queued job waits for', () => {
    const card = show({
      state: 'queued',
      release_at: null,
      reason: 'Needs 38.1 GiB; 12.0 are free.'
    });
    expect(card.textContent).toContain('Needs 38.1 GiB; 12.0 are free.');
    expect(buttons()).toEqual(['Cancel', 'More']);
  });

  it('says why a job failed and what to do', () => {
    const card = show({
      state: 'failed',
      release_at: null,
      running_at: null,
      ended_at: NOW - 60,
      reason: 'Out of memory.',
      hint: 'Try 4 bit.'
    });
    expect(card.textContent).toContain('Out of memory. Try 4 bit.');
    expect(buttons()).toEqual(['Logs', 'Run again', 'Delete', 'More']);
  });

  it('says how long an ended job ran', () => {
    const card = show({
      state: 'released',
      release_at: null,
      running_at: NOW - 3600,
      ended_at: NOW - 1800,
      reason: 'Auto-released after 30 min.'
    });
    expect(card.textContent).toContain('ran 30 min');
    expect(buttons()).toEqual(['Chat', 'Logs', 'Run again', 'Delete', 'More']);
    expect(card.textContent).not.toContain('GiB');
  });

  it('says how long a job ran that was cancelled while it was paused', () => {
    const card = show({
      state: 'cancelled',
      release_at: null,
      running_at: null,
      ran_before: 600,
      ended_at: NOW
    });
    expect(card.textContent).toContain('ran 10 min');
  });

  it('offers to resume a paused job, which holds nothing', () => {
    const card = show({
      state: 'paused',
      release_at: null,
      grant: [],
      ran_before: 600
    });
    expect(card.textContent).toContain('paused');
    expect(card.textContent).not.toContain('GiB');
    expect(countdown()).toBeNull();
    expect(buttons()).toEqual(['Resume', 'Logs', 'Cancel', 'More']);
    fireEvent.click(screen.getByRole('button', { name: 'Resume' }));
    expect(actions.resume).toHaveBeenCalled();
  });

  it('offers nothing but the log and the end while it is being paused', () => {
    const card = show({
      progress: { stage: 'pause', fraction: null, detail: '' }
    });
    expect(card.textContent).toContain('pausing');
    expect(buttons()).toEqual(['Logs', 'Cancel', 'More']);
  });

  it('lets an ended job be run again and deleted', () => {
    show({ state: 'released', release_at: null, ended_at: NOW - 60 });
    fireEvent.click(screen.getByRole('button', { name: 'Run again' }));
    expect(actions.rerun).toHaveBeenCalled();
    fireEvent.click(screen.getByRole('button', { name: 'Delete' }));
    expect(actions.remove).toHaveBeenCalled();
  });

  it('cannot be cancelled twice', () => {
    show({ state: 'cancelling', release_at: null });
    expect(buttons()).toEqual(['Logs', 'More']);
  });

  it('tells how long a job has been idle', () => {
    const card = show({ idle_since: NOW - 540 });
    expect(card.textContent).toContain('idle 9 min');
    expect(card.textContent).not.toContain('tok/s');
  });

  it('shows the comment, a project that is not the default, and since when it is paused', () => {
    const card = show({
      state: 'paused',
      project: 'thesis',
      comment: 'For chapter 3',
      paused_at: NOW - 60,
      release_at: null
    });
    expect(card.textContent).toContain('For chapter 3');
    expect(card.querySelector('.jp-sw-Job-facts')!.textContent).toMatch(
      /since .* · thesis/
    );
    fireEvent.click(screen.getByRole('button', { name: 'More' }));
    expect(actions.more).toHaveBeenCalledTimes(1);
  });
});
