import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import { ApiError } from '../errors';

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
