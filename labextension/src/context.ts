import type { TranslationBundle } from '@jupyterlab/translation';
import { nullTranslator } from '@jupyterlab/translation';
import { createContext, useContext } from 'react';

import { Clock } from './clock';
import type { Job } from './schema';

/**
 * What a person can do with a job.
 */
export interface IJobActions {
  /** Open its page. */
  open(job: Pick<Job, 'id'>): void;
  chat(job: Job): void;
  logs(job: Job): void;
  extend(job: Job): void;
  cancel(job: Job): void;
  pause(job: Job): void;
  resume(job: Job): void;
  rerun(job: Job): void;
  remove(job: Job): void;

  /** Delete ended jobs, all at once; pinned ones stay. */
  removeAll(jobs: Job[]): void;

  /** Delete these ended jobs, pinned ones too. */
  removeThese(jobs: Job[]): void;

  /** Cancel these live jobs, after one question. */
  cancelThese(jobs: Job[]): void;
  pin(jobs: Job[], pinned: boolean): void;

  /** Open a notebook by its path among the server's files. */
  openNotebook(path: string): void;

  /** Open a menu with the rest, below what was clicked. */
  more(job: Job, anchor: Element): void;
}

/**
 * What all components of a view share.
 */
export interface IViewContext {
  trans: TranslationBundle;
  clock: Clock;

  /** Whether the view can be seen: nothing ticks in one that cannot. */
  visible: boolean;

  actions: IJobActions;

  /** The server's limit on how long a job may run, in seconds; null when there is none. */
  longest(): number | null;

  /** Where the server's files are on its disk; empty while that is not known. */
  root(): string;

  /** Put text on the clipboard. */
  copy(text: string): void;

  /** Add a cell with a line to the notebook in front; missing where there are no notebooks. */
  insert?: (line: string) => void;
}

const nothing = (): void => undefined;

/**
 * The context of a view; the default does nothing and speaks English.
 */
export const ViewContext = createContext<IViewContext>({
  trans: nullTranslator.load(''),
  clock: new Clock(),
  visible: true,
  actions: {
    open: nothing,
    chat: nothing,
    logs: nothing,
    extend: nothing,
    cancel: nothing,
    pause: nothing,
    resume: nothing,
    rerun: nothing,
    remove: nothing,
    removeAll: nothing,
    removeThese: nothing,
    cancelThese: nothing,
    pin: nothing,
    openNotebook: nothing,
    more: nothing
  },
  longest: () => null,
  root: () => '',
  copy: nothing
});

/**
 * The context of the view that a component is in.
 */
export function useView(): IViewContext {
  return useContext(ViewContext);
}
