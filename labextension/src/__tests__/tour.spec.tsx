// The whole package needs more of a browser than there is here.
import { Notification } from '@jupyterlab/apputils/lib/notification';
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import {
  act,
  cleanup,
  fireEvent,
  render,
  screen
} from '@testing-library/react';
import React from 'react';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { type IStop, TourModel } from '../tour/model';
import { answer, isWanted, offer, ready } from '../tour/offer';
import { place } from '../tour/place';
import { TourPopover } from '../tour/popover';
import { FakeServer } from './fake';

afterEach(() => {
  cleanup();
  Notification.dismiss();
});

function stop(title: string, changes: Partial<IStop> = {}): IStop {
  return { title, text: `About ${title}.`, find: () => null, ...changes };
}

describe('TourModel', () => {
  it('enters each stop before it shows it, and leaves the one before', async () => {
    const log: string[] = [];
    const stops = ['one', 'two'].map(name =>
      stop(name, {
        enter: () => {
          log.push(`enter ${name}`);
          return Promise.resolve();
        },
        leave: () => void log.push(`leave ${name}`)
      })
    );
    const tour = new TourModel(stops);
    tour.changed.connect(() => log.push(`at ${tour.stop?.title ?? 'the end'}`));
    await tour.start();
    await tour.next();
    await tour.back();
    tour.end();
    expect(log).toEqual([
      ...['enter one', 'at one', 'leave one', 'enter two', 'at two'],
      ...['leave two', 'enter one', 'at one', 'leave one', 'at the end']
    ]);
  });

  it('goes one stop on when Next is pressed twice while it is on its way', async () => {
    const tour = new TourModel(['one', 'two', 'three'].map(name => stop(name)));
    await tour.start();
    await Promise.all([tour.next(), tour.next()]);
    expect(tour.stop?.title).toBe('two');
  });

  it('does not come back when it was ended on its way', async () => {
    const leave = vi.fn();
    let arrive = (): void => undefined;
    const slow = stop('two', {
      leave,
      enter: () => new Promise(resolve => (arrive = resolve))
    });
    const tour = new TourModel([stop('one'), slow]);
    await tour.start();
    const going = tour.next();
    tour.end();
    arrive();
    await going;
    expect(tour.stop).toBeNull();
    expect(leave).toHaveBeenCalledOnce();
  });

  it('ends after its last stop', async () => {
    const tour = new TourModel([stop('one')]);
    await tour.start();
    expect(tour.isLast).toBe(true);
    await tour.next();
    expect(tour.stop).toBeNull();
  });
});

describe('place', () => {
  const room = { width: 1000, height: 600 };
  const size = { width: 300, height: 150 };
  const at = (left: number, top: number, width: number, height: number) =>
    place({ left, top, width, height }, size, room);

  it('is beside a sidebar, on the side where there is room', () => {
    expect(at(0, 0, 250, 600)).toMatchObject({ side: 'right', left: 262 });
    expect(at(750, 0, 250, 600)).toMatchObject({ side: 'left', left: 438 });
  });

  it('is above the status bar and below a toolbar', () => {
    expect(at(0, 576, 1000, 24)).toMatchObject({ side: 'top', top: 414 });
    expect(at(0, 0, 1000, 40)).toMatchObject({ side: 'bottom', top: 52 });
  });

  it('points at what is in a corner, and stays in the window', () => {
    const { side, top, arrow } = at(0, 580, 100, 20);
    expect(side).toBe('right');
    expect(top + size.height).toBeLessThan(room.height);
    expect(top + arrow).toBeGreaterThan(575);
  });

  it('lies over the middle where there is no room, or nothing to point at', () => {
    const middle = { side: null, left: 350, top: 225 };
    expect(at(0, 0, 1000, 600)).toMatchObject(middle);
    expect(place(null, size, room)).toMatchObject(middle);
  });
});

describe('TourPopover', () => {
  async function shown(...stops: IStop[]): Promise<TourModel> {
    const tour = new TourModel(stops);
    render(<TourPopover tour={tour} />);
    await act(() => tour.start());
    return tour;
  }

  it('is a dialog with the name of its stop, which has the focus', async () => {
    await shown(stop('one'), stop('two', { lines: ['%sw run'] }));
    const dialog = screen.getByRole('dialog', { name: 'one' });
    expect(dialog.textContent).toContain('1 of 2');
    const next = screen.getByRole('button', { name: 'Next' });
    expect(document.activeElement).toBe(next);
    expect(screen.queryByRole('button', { name: 'Back' })).toBeNull();
    fireEvent.click(next);

    const second = await screen.findByRole('dialog', { name: 'two' });
    expect(second).not.toBe(dialog);
    expect(screen.getByText('%sw run')).toBeTruthy();
    const done = screen.getByRole('button', { name: 'Done' });
    expect(document.activeElement).toBe(done);
    fireEvent.click(done);
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('goes back, and is left with Escape and with Skip', async () => {
    const tour = await shown(stop('one'), stop('two'), stop('three'));
    await act(() => tour.next());
    fireEvent.click(screen.getByRole('button', { name: 'Back' }));
    const dialog = await screen.findByRole('dialog', { name: 'one' });
    fireEvent.keyDown(dialog, { key: 'Escape' });
    expect(tour.stop).toBeNull();
    await act(() => tour.start());
    fireEvent.click(screen.getByRole('button', { name: 'Skip' }));
    expect(screen.queryByRole('dialog')).toBeNull();
  });
});

class FakeSettings {
  composite: Record<string, unknown> = { tour: true };
  readonly changed = new Signal<this, void>(this);
  readonly set = vi.fn((key: string, value: unknown) => {
    this.composite = { ...this.composite, [key]: value };
    this.changed.emit();
    return Promise.resolve();
  });
}

describe('the offer', () => {
  function offered(): { settings: FakeSettings; onStart: () => void } {
    const settings = new FakeSettings();
    const onStart = vi.fn();
    offer({
      settings: settings as unknown as ISettingRegistry.ISettings,
      notices: Notification,
      trans: nullTranslator.load(''),
      onStart
    });
    return { settings, onStart };
  }
  const shown = () => Notification.manager.notifications;

  it('stays until it is answered; closing it is an answer', () => {
    const { settings, onStart } = offered();
    const [{ id, options }] = shown();
    expect(options.autoClose).toBe(false);
    expect(options.actions?.map(({ label }) => label)).toEqual([
      'Start',
      'No, thanks'
    ]);
    expect(settings.set).not.toHaveBeenCalled();
    options.actions![0].callback(new MouseEvent('click'));
    expect(onStart).toHaveBeenCalledOnce();
    Notification.dismiss(id);
    expect(settings.set).toHaveBeenCalledWith('tour', false);
  });

  it('goes when the tour was taken another way', async () => {
    const { settings } = offered();
    expect(shown()).toHaveLength(1);
    await answer(settings as unknown as ISettingRegistry.ISettings);
    expect(shown()).toHaveLength(0);
    expect(settings.set).toHaveBeenCalledOnce();
  });

  it('is not made again once it was answered', async () => {
    const settings =
      new FakeSettings() as unknown as ISettingRegistry.ISettings;
    expect(isWanted(settings)).toBe(true);
    await answer(settings);
    expect(isWanted(settings)).toBe(false);
  });

  it('waits for the jobs', async () => {
    const server = new FakeServer();
    const jobs = server.model();
    let isReady = false;
    const waiting = ready(jobs).then(() => (isReady = true));
    await Promise.resolve();
    expect(isReady).toBe(false);
    server.jobs();
    await jobs.refresh();
    await waiting;
    expect(isReady).toBe(true);
    jobs.dispose();
  });
});
