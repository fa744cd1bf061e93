import {
  act,
  cleanup,
  createEvent,
  fireEvent,
  render,
  screen
} from '@testing-library/react';
import { nullTranslator } from '@jupyterlab/translation';
import React from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { Clock } from '../clock';
import { type IJobActions, ViewContext } from '../context';
import { JobList } from '../panel/joblist';
import type { Job } from '../schema';
import { makeJob } from './fake';

const actions = {
  open: vi.fn<IJobActions['open']>(),
  cancel: vi.fn<IJobActions['cancel']>(),
  cancelThese: vi.fn<IJobActions['cancelThese']>(),
  removeThese: vi.fn<IJobActions['removeThese']>(),
  pin: vi.fn<IJobActions['pin']>()
};

const OLD = { state: 'released', ended_at: 5 } as const;
const LIVE = ['a', 'b', 'c'].map(id => makeJob({ id, name: id }));
const ENDED = ['d', 'e'].map(id => makeJob({ id, name: id, ...OLD }));

afterEach(() => {
  cleanup();
  vi.clearAllMocks();
});

function List(props: { live?: Job[]; ended?: Job[] }): React.ReactElement {
  const { live = LIVE, ended = ENDED } = props;
  const view = {
    trans: nullTranslator.load(''),
    clock: new Clock(),
    visible: true,
    longest: () => null,
    root: () => '',
    actions: actions as unknown as IJobActions,
    copy: vi.fn()
  };
  return (
    <ViewContext.Provider value={view}>
      <JobList live={live} ended={ended} />
    </ViewContext.Provider>
  );
}

const row = (name: string): HTMLElement => screen.getByRole('row', { name });
const selected = (): string[] =>
  screen
    .getAllByRole('row')
    .filter(each => each.getAttribute('aria-selected') === 'true')
    .map(each => each.getAttribute('aria-label') ?? '');
const click = (name: string, keys: MouseEventInit): void => {
  fireEvent.click(row(name), keys);
};
const press = (key: string, keys: KeyboardEventInit = {}): void => {
  fireEvent.keyDown(document.activeElement!, { key, ...keys });
};
const ids = (jobs: Job[]): string[] => jobs.map(({ id }) => id);
const button = (name: string): HTMLElement =>
  screen.getByRole('button', { name });

describe('selecting jobs', () => {
  it('takes one more with Ctrl or Cmd, a range with Shift', () => {
    render(<List />);
    click('a', {});
    expect(selected()).toEqual([]);
    click('b', { ctrlKey: true });
    click('d', { metaKey: true });
    expect(selected()).toEqual(['b', 'd']);
    click('d', { ctrlKey: true });
    expect(selected()).toEqual(['b']);
    click('b', { ctrlKey: true });
    click('b', { ctrlKey: true });
    click('e', { shiftKey: true });
    expect(selected()).toEqual(['b', 'c', 'd', 'e']);
    click('a', { shiftKey: true });
    expect(selected()).toEqual(['a', 'b']);
  });

  it('selects by a name instead of opening it, but leaves buttons alone', () => {
    render(<List />);
    fireEvent.click(button('b'), { ctrlKey: true });
    expect(selected()).toEqual(['b']);
    expect(actions.open).not.toHaveBeenCalled();
    const cancel = screen.getAllByRole('button', { name: 'Cancel' })[0];
    fireEvent.click(cancel, { ctrlKey: true });
    expect(actions.cancel).toHaveBeenCalledTimes(1);
    expect(selected()).toEqual(['b']);
  });

  it('goes by the arrow keys, selects by Space and ranges by Shift', () => {
    render(<List />);
    const stops = screen
      .getAllByRole('row')
      .filter(({ tabIndex }) => !tabIndex);
    expect(stops.map(each => each.getAttribute('aria-label'))).toEqual([
      'a',
      'd'
    ]);
    act(() => row('a').focus());
    press('ArrowDown');
    expect(document.activeElement).toBe(row('b'));
    expect(row('b').tabIndex).toBe(0);
    expect(row('a').tabIndex).toBe(-1);
    press(' ', { ctrlKey: true });
    expect(selected()).toEqual(['b']);
    press('ArrowDown', { shiftKey: true });
    press('ArrowDown', { shiftKey: true });
    expect(selected()).toEqual(['b', 'c', 'd']);
    press('ArrowUp', { shiftKey: true });
    expect(selected()).toEqual(['b', 'c']);
    press('End');
    expect(document.activeElement).toBe(row('e'));
    press('a', { ctrlKey: true });
    expect(selected()).toHaveLength(5);
    press('Enter');
    expect(actions.open).toHaveBeenCalledWith({ id: 'e' });
    press('Escape');
    expect(selected()).toEqual([]);
  });

  it('leaves keys alone that are for what is in a card', () => {
    render(<List />);
    act(() => button('a').focus());
    const space = createEvent.keyDown(button('a'), { key: ' ' });
    fireEvent(button('a'), space);
    expect(space.defaultPrevented).toBe(false);
    expect(selected()).toEqual([]);
  });

  it('does what fits the states of the selected ones', () => {
    const live = [
      ...LIVE,
      makeJob({ id: 'f', name: 'f', state: 'cancelling' })
    ];
    render(<List live={live} />);
    click('a', { ctrlKey: true });
    click('e', { shiftKey: true });
    const bar = screen.getByRole('group', { name: 'Selected jobs' });
    expect(bar.textContent).toContain('6 selected');
    fireEvent.click(button('Cancel 3 jobs…'));
    expect(ids(actions.cancelThese.mock.calls[0][0])).toEqual(['a', 'b', 'c']);
    fireEvent.click(button('Pin'));
    expect(actions.pin.mock.calls[0][1]).toBe(true);
    fireEvent.click(button('Delete 2 jobs'));
    expect(ids(actions.removeThese.mock.calls[0][0])).toEqual(['d', 'e']);
    expect(selected()).toEqual([]);
  });

  it('unpins what is pinned, and keeps the focus when it is cleared', () => {
    const pinned = makeJob({ id: 'p', name: 'p', pinned: true, ...OLD });
    render(<List live={[]} ended={[...ENDED, pinned]} />);
    const names = screen.getAllByRole('row').map(each => each.dataset.job);
    expect(names).toEqual(['p', 'd', 'e']);
    click('p', { ctrlKey: true });
    fireEvent.click(button('Unpin'));
    expect(actions.pin.mock.calls[0][1]).toBe(false);
    act(() => button('Clear').focus());
    fireEvent.click(button('Clear'));
    expect(selected()).toEqual([]);
    expect(document.activeElement).toBe(row('p'));
  });

  it('does nothing to what a filter leaves out', () => {
    render(<List />);
    click('a', { ctrlKey: true });
    click('e', { shiftKey: true });
    fireEvent.change(screen.getByRole('searchbox'), {
      target: { value: 'released' }
    });
    expect(screen.queryByRole('button', { name: /^Cancel/ })).toBeNull();
    expect(button('Delete 2 jobs')).toBeTruthy();
  });
});
