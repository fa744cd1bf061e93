import {
  act,
  cleanup,
  fireEvent,
  render,
  screen,
  within
} from '@testing-library/react';
import React from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { type IJobActions, useView, ViewContext } from '../context';
import { DevicesModel } from '../devices/model';
import type { JobsModel } from '../jobs/model';
import { StatusMenu } from '../status/menu';
import { FakeServer, makeJob, NOW } from './fake';

let server: FakeServer;
let jobs: JobsModel;
let devices: DevicesModel;
const actions = {
  open: vi.fn<IJobActions['open']>(),
  extend: vi.fn<IJobActions['extend']>(),
  cancel: vi.fn<IJobActions['cancel']>()
};
const menu = { show: vi.fn(), launch: vi.fn() };

beforeEach(() => {
  vi.clearAllMocks();
  server = new FakeServer();
  jobs = server.model();
  devices = new DevicesModel({ api: server.api, jobs });
});

afterEach(() => {
  cleanup();
  devices.dispose();
  jobs.dispose();
});

function InView(props: { children: React.ReactNode }): React.ReactElement {
  const view = useView();
  return (
    <ViewContext.Provider
      value={{
        ...view,
        clock: jobs.clock,
        actions: { ...view.actions, ...actions }
      }}
    >
      {props.children}
    </ViewContext.Provider>
  );
}

describe('StatusMenu', () => {
  it('shows jobs, memory and the soonest release, and what can be done', async () => {
    server.jobs(
      makeJob(),
      makeJob({ id: 'job2', name: 'sooner', release_at: NOW + 600 })
    );
    server.answers['GET devices'] = () => ({
      devices: [
        {
          id: 'cuda:0',
          label: 'A100 80G',
          total: 80 * 2 ** 30,
          free: 66 * 2 ** 30,
          holders: []
        }
      ],
      note: ''
    });
    await jobs.refresh();
    await devices.refresh();
    render(
      <InView>
        <StatusMenu jobs={jobs} devices={devices} actions={menu} />
      </InView>
    );
    expect(document.querySelector('header')!.textContent).toMatch(
      /Next: sooner released in (10:00|9:59)/
    );
    expect(
      screen.getByRole('meter', { name: /^cuda:0: 66.0 of/ })
    ).toBeTruthy();
    const list = screen.getByRole('list', { name: 'Live jobs' });
    const [first, second] = within(list).getAllByRole('listitem');
    expect(first.textContent).toContain('13.5\u00a0GiB');
    fireEvent.click(within(second).getByRole('button', { name: 'sooner' }));
    fireEvent.click(within(second).getByRole('button', { name: '+15 min' }));
    fireEvent.click(within(second).getByRole('button', { name: 'Cancel' }));
    for (const action of Object.values(actions)) {
      expect(action).toHaveBeenCalledWith(
        expect.objectContaining({ id: 'job2' })
      );
    }
    fireEvent.click(screen.getByRole('button', { name: 'Run a model…' }));
    fireEvent.click(screen.getByRole('button', { name: 'Show Models' }));
    expect(menu.launch).toHaveBeenCalled();
    expect(menu.show).toHaveBeenCalled();
    act(() =>
      server.tell(makeJob({ seq: 2, state: 'released', ended_at: NOW }))
    );
    expect(within(list).getAllByRole('listitem')).toHaveLength(1);
  });
});
