import type { TranslationBundle } from '@jupyterlab/translation';

import { telling } from '../jobs/verbs';
import type { Attachments } from './attachments';
import { openMenu } from './menu';
import type { Sources } from './sources';

/**
 * Open a menu with what can go with a message.
 */
export function openAttachMenu(options: {
  attachments: Attachments;
  sources: Sources;
  trans: TranslationBundle;
  anchor: Element;
}): void {
  const { attachments, sources, trans, anchor } = options;
  const cell = sources.activeCell();
  const selection = sources.selection();
  openMenu(
    [
      {
        label: trans.__('Active Cell With Outputs and Errors'),
        enabled: cell !== null,
        run: () => cell && attachments.add(cell)
      },
      {
        label: trans.__('Selected Text'),
        enabled: selection !== null,
        run: () => selection && attachments.add(selection)
      },
      {
        label: trans.__('Files…'),
        enabled: sources.hasFiles,
        run: () =>
          void telling(trans, async () =>
            attachments.add(...(await sources.choose()))
          )
      }
    ],
    anchor
  );
}
