import type { Notification } from '@jupyterlab/apputils';
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { TranslationBundle } from '@jupyterlab/translation';

import type { JobsModel } from '../jobs/model';

/** The setting that has the tour offered; the answer switches it off. */
const SETTING = 'tour';

/**
 * Whether the tour is still to be offered.
 */
export function isWanted(settings: ISettingRegistry.ISettings): boolean {
  return settings.composite[SETTING] === true;
}

/**
 * Remember that the tour was answered, so that it is not offered again.
 */
export async function answer(
  settings: ISettingRegistry.ISettings
): Promise<void> {
  if (isWanted(settings)) {
    // Where settings cannot be saved it is offered again: there is nowhere to remember it.
    await settings.set(SETTING, false).catch(() => undefined);
  }
}

/**
 * Offer the tour, in a notification that stays until it is answered or closed.
 */
export function offer(options: {
  settings: ISettingRegistry.ISettings;

  /** JupyterLab's notifications. */
  notices: Pick<typeof Notification, 'info' | 'dismiss' | 'manager'>;
  trans: TranslationBundle;
  onStart: () => void;
}): void {
  const { settings, notices, trans, onStart } = options;
  const { manager } = notices;
  const id = notices.info(
    trans.__('New to models in JupyterLab? Five steps show you around.'),
    {
      autoClose: false,
      actions: [
        { label: trans._p('tour', 'Start'), callback: onStart },
        { label: trans.__('No, thanks'), callback: () => undefined }
      ]
    }
  );
  const onRemoved = (
    _: unknown,
    { type, notification }: Notification.IChange
  ): void => {
    if (type === 'removed' && notification.id === id) {
      manager.changed.disconnect(onRemoved);
      settings.changed.disconnect(onChanged);
      void answer(settings);
    }
  };
  // It was answered in another tab, or the tour was started from a menu.
  const onChanged = (): void => {
    if (!isWanted(settings)) {
      notices.dismiss(id);
    }
  };
  manager.changed.connect(onRemoved);
  settings.changed.connect(onChanged);
}

/**
 * Wait until the jobs are there; without the server half they never are.
 */
export function ready(jobs: JobsModel): Promise<void> {
  return new Promise(resolve => {
    const look = (): void => {
      if (jobs.isReady) {
        jobs.changed.disconnect(look);
        resolve();
      }
    };
    jobs.changed.connect(look);
    look();
  });
}
