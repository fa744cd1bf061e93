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

import { type IJobActions, ViewContext } from '../context';
import { DevicesModel } from '../devices/model';
import type { JobsModel } from '../jobs/model';
import { LaunchModel } from '../launch/model';
import { Panel } from '../panel/panel';
import { FakeServer, makeJob, refusal } from './fake';

let server: FakeServer;
let jobs: JobsModel;
let devices: DevicesModel;
let launch: LaunchModel;

beforeEach(() => {
  server = new FakeServer();
  jobs = server.model();
  devices = new DevicesModel({ api: server.api, jobs });
  launch = new LaunchModel({ api: server.api, jobs });
});

afterEach(() => {
  cleanup();
  launch.dispose();
  devices.dispose();
  jobs.dispose();
});

async function show(actions: Partial<IJobActions> = {}): Promise<void> {
  const view = {
    trans: nullTranslator.load(''),
    clock: jobs.clock,
    visible: true,
    longest: () => null,
    root: () => '',
    actions: actions as IJobActions,
    copy: vi.fn()
  };
  render(
    <ViewContext.Provider value={view}>
      <Panel
        jobs={jobs}
        devices={devices}
        launch={launch}
        onRefresh={() => void jobs.refresh()}
      />
    </ViewContext.Provider>
  );
  await act(() => jobs.refresh());
}

describe('Panel', () => {
  it('says how to start when nothing runs', async () => {
    server.jobs();
    await show();
    expect(document.body.textContent).toContain('No model is running');
    expect(document.body.textContent).toContain('%sw run smollm2-135m-chat');
    expect(screen.getAllByRole('button', { name: 'Copy' })).toHaveLength(2);
  });

  it('says of a simulated device that it is one', async () => {
    server.jobs(makeJob());
    server.answers['GET devices'] = () => ({
      devices: [
        {
          id: 'cuda:0',
          kind: 'cuda',
          name: 'Simulated A100 80G',
          label: 'A100 80G',
          total: 80 * 2 ** 30,
          free: 66 * 2 ** 30,
          holders: [{ job: 'job1', name: 'llama', bytes: 14 * 2 ** 30 }],
          simulated: true,
          index: 0
        }
      ],
      note: ''
    });
    await show();
    await act(() => devices.refresh());
    const bar = screen.getByRole('meter', { name: /^cuda:0 \(simulated\)/ });
    expect(bar.closest('li')!.textContent).toContain('A100 80G simulated');
  });

  it('says how to enable the server half', async () => {
    await show();
    expect(screen.getByRole('alert').textContent).toContain(
      'jupyter server extension enable jupyter_sw'
    );
  });

  it('says what went wrong and tries again', async () => {
    server.jobs();
    server.answers['GET status'] = () =>
      refusal(500, 'The disk is full.', 'server_error', 'Make room.');
    await show();
    expect(screen.getByRole('alert').textContent).toContain(
      'The disk is full.Make room.'
    );
    server.jobs(makeJob());
    fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
    await vi.waitFor(() =>
      expect(screen.getByRole('region', { name: 'Live' })).toBeTruthy()
    );
  });

  it('groups jobs and folds the groups', async () => {
    server.jobs(
      makeJob(),
      makeJob({ id: 'job2', state: 'released', ended_at: 5 })
    );
    await show();
    const ended = screen.getByRole('button', { name: /^Ended/ });
    expect(document.querySelectorAll('[data-job]')).toHaveLength(2);
    fireEvent.click(ended);
    expect(ended.getAttribute('aria-expanded')).toBe('false');
    expect(document.querySelectorAll('[data-job]')).toHaveLength(1);
  });

  it('announces changes of state politely', async () => {
    server.jobs(makeJob({ state: 'loading' }));
    await show();
    act(() => server.tell(makeJob({ seq: 2 })));
    const said = screen.getByRole('status');
    expect(said.getAttribute('aria-live')).toBe('polite');
    expect(said.textContent).toBe('llama2-7b-chat is running');
  });

  it('shows what fits the text and the project, and deletes only that', async () => {
    const old = { state: 'released', ended_at: 5 } as const;
    server.jobs(
      makeJob({ name: 'live', project: 'thesis' }),
      makeJob({ id: 'job2', name: 'mine', project: 'thesis', ...old }),
      makeJob({ id: 'job3', name: 'theirs', comment: 'Too slow', ...old })
    );
    const removeAll = vi.fn<IJobActions['removeAll']>();
    await show({ removeAll });
    const names = (): (string | null)[] =>
      [...document.querySelectorAll('[data-job]')].map(card =>
        card.getAttribute('aria-label')
      );
    const text = screen.getByRole('searchbox', { name: 'Filter jobs' });
    const project = screen.getByRole('combobox', { name: 'Project' });

    const state = screen.getByRole('combobox', { name: 'State' });
    fireEvent.change(state, { target: { value: 'released' } });
    expect(names()).toEqual(['mine', 'theirs']);
    fireEvent.change(state, { target: { value: '' } });

    fireEvent.change(project, { target: { value: 'thesis' } });
    expect(names()).toEqual(['live', 'mine']);
    fireEvent.click(screen.getByRole('button', { name: 'Delete all' }));
    expect(removeAll.mock.calls[0][0].map(job => job.id)).toEqual(['job2']);

    fireEvent.change(text, { target: { value: 'slow' } });
    expect(document.body.textContent).toContain('No job fits the filter.');
    fireEvent.change(project, { target: { value: '' } });
    expect(names()).toEqual(['theirs']);
    fireEvent.change(text, { target: { value: 'nothing' } });
    fireEvent.click(screen.getByRole('button', { name: 'Show all jobs' }));
    expect(names()).toHaveLength(3);
  });
});
