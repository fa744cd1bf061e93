import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';

import { ApiError } from '../errors';
import type { Job } from '../schema';
import type { JobsModel } from './model';
import { jobArgs, pickJob } from './pick';

/**
 * A command that does one thing to one job.
 */
export interface IVerb {
  command: string;
  label: string;

  /** Its name in the menu of a job, where the job is clear. */
  short?: string | ((job: Job) => string);

  /** What a person is asked who did not say which job. */
  title: string;
  among: () => Job[];
  work: (job: Job) => Promise<void>;
}

export type AddVerb = (verb: IVerb) => void;

/**
 * How commands that do one thing to one job are added.
 */
export function verbs(options: {
  commands: CommandRegistry;
  jobs: JobsModel;
  trans: TranslationBundle;
}): AddVerb {
  const { commands, jobs, trans } = options;
  return ({ command, label, short, title, among, work }) => {
    const shortly = (id: unknown): string => {
      const job = typeof id === 'string' ? jobs.get(id) : undefined;
      return (typeof short === 'function' ? job && short(job) : short) ?? label;
    };
    commands.addCommand(command, {
      label: args => (args.job ? shortly(args.job) : label),
      describedBy: { args: jobArgs(trans) },
      isEnabled: () => among().length > 0,
      execute: async args => {
        const job = await pickJob({
          jobs,
          id: args.job,
          among: among(),
          title,
          trans
        });
        if (job) {
          await telling(trans, () => work(job));
        }
      }
    });
  };
}

/**
 * Do something, and show a person why it could not be done.
 */
export async function telling(
  trans: TranslationBundle,
  work: () => Promise<void>
): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { message, hint } = ApiError.from(error);
    Notification.error(
      [trans.__('That did not work.'), message, hint].filter(Boolean).join(' '),
      { autoClose: 10_000 }
    );
  }
}
