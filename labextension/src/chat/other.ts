import { InputDialog, Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { JobsModel } from '../jobs/model';
import { canChat } from '../jobs/state';
import type { Job } from '../schema';

/**
 * Another running job that a person chooses; null when there is none, or none is chosen.
 */
export async function pickOther(options: {
  jobs: JobsModel;

  /** Id of the job that it is not. */
  job: string;
  title: string;
  label: string;
  trans: TranslationBundle;
}): Promise<Job | null> {
  const { jobs, job, title, label, trans } = options;
  const others = jobs.live.filter(other => canChat(other) && other.id !== job);
  if (others.length === 0) {
    Notification.info(
      trans.__('No other model is running. Run one in the sidebar first.'),
      { autoClose: 5000 }
    );
    return null;
  }
  const items = others.map(({ name, id }) => `${name} (${id.slice(0, 8)})`);
  const { button, value } = await InputDialog.getItem({
    title,
    label,
    okLabel: trans.__('Continue'),
    items
  });
  return button.accept && value !== null ? others[items.indexOf(value)] : null;
}
