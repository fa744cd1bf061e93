import type {
  ILabShell,
  ILayoutRestorer,
  JupyterFrontEnd
} from '@jupyterlab/application';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Widget } from '@lumino/widgets';

import type { Api } from '../api';
import type { JobsModel } from '../jobs/model';
import { jobArgs, pickJob } from '../jobs/pick';
import { telling } from '../jobs/verbs';
import type { Job } from '../schema';
import { KeyedTabs } from '../tabs';
import { CommandIDs } from '../tokens';
import type { IColumn } from './compare';
import type { IChatTabOptions } from './tab';

/**
 * Add the command that asks two models side by side.
 */
export function addCompare(options: {
  app: JupyterFrontEnd;
  labShell: ILabShell | null;
  restorer: ILayoutRestorer | null;
  api: Api;
  jobs: JobsModel;

  /** The jobs that can be asked. */
  running: () => Job[];

  /** What tabs with chats are made from. */
  load: () => Promise<Omit<IChatTabOptions, 'job' | 'commands'>>;
  trans: TranslationBundle;
}): void {
  const { app, api, jobs, running, load, trans } = options;
  const command = CommandIDs.compareChats;
  const shown = new WeakMap<Widget, readonly IColumn[]>();

  const pick = async (args: {
    job?: unknown;
    other?: unknown;
  }): Promise<[Job, Job] | null> => {
    const left = await pickJob({
      jobs,
      id: args.job,
      among: running(),
      title: trans.__('Ask which model?'),
      trans
    });
    const right =
      left &&
      (await pickJob({
        jobs,
        id: args.other,
        among: running().filter(({ id }) => id !== left.id),
        title: trans.__('Ask which other model, too?'),
        trans
      }));
    return left && right && [left, right];
  };

  const open = (columns: readonly IColumn[]): Promise<Widget> =>
    tabs.open(columns.map(({ chat }) => chat).join(':'), async () => {
      const [{ makeCompareTab }, parts] = await Promise.all([
        import('./comparetab'),
        load()
      ]);
      const tab = makeCompareTab({ ...parts, columns });
      shown.set(tab, columns);
      return tab;
    });

  app.commands.addCommand(command, {
    label: trans.__('Ask Two Models Side by Side'),
    describedBy: {
      args: jobArgs(trans, {
        other: {
          type: 'string',
          description: trans.__('Id of the job in the second column')
        },
        chats: {
          type: 'array',
          items: { type: 'string' },
          minItems: 2,
          maxItems: 2,
          description: trans.__(
            'Ids of their conversations; left out, new ones are begun'
          )
        }
      })
    },
    isEnabled: args => Array.isArray(args.chats) || running().length > 1,
    execute: async args => {
      const picked = await pick(args);
      if (!picked) {
        return;
      }
      let tab: Widget | undefined;
      await telling(trans, async () => {
        const [left, right] = Array.isArray(args.chats)
          ? (args.chats as string[])
          : await Promise.all(picked.map(job => begin(api, job)));
        tab = await open([
          { job: picked[0].id, chat: left },
          { job: picked[1].id, chat: right }
        ]);
      });
      return tab;
    }
  });
  const tabs = new KeyedTabs({
    ...options,
    namespace: 'jupyter-sw-compare',
    command,
    args: tab => {
      const [left, right] = shown.get(tab) ?? [];
      return {
        job: left?.job,
        other: right?.job,
        chats: [left?.chat, right?.chat]
      };
    }
  });
}

async function begin(api: Api, job: Job): Promise<string> {
  return (await api.createChat({ job: job.id })).id;
}
