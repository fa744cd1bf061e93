import { Notification } from '@jupyterlab/apputils';
import { type Contents, ServerConnection } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';

import { ApiError } from '../errors';
import { CommandIDs } from '../tokens';
import { notebookName } from './notebook';

/**
 * Add the command that opens the notebook a job was started from.
 */
export function addOpenNotebook(options: {
  commands: CommandRegistry;
  contents: Contents.IManager;
  trans: TranslationBundle;
}): void {
  const { commands, contents, trans } = options;
  commands.addCommand(CommandIDs.openNotebook, {
    label: trans.__('Open the Notebook of a Job'),
    describedBy: {
      args: {
        type: 'object',
        required: ['path'],
        properties: {
          path: {
            type: 'string',
            description: trans.__("Where it is among the server's files")
          }
        }
      }
    },
    execute: async args => {
      const { path } = args;
      if (typeof path !== 'string') {
        return;
      }
      try {
        await contents.get(path, { content: false });
        await commands.execute('docmanager:open', { path });
      } catch (error) {
        Notification.error(
          isMissing(error)
            ? trans.__(
                '%1 is not there any more: it was renamed, moved or deleted.',
                notebookName(path)
              )
            : trans.__(
                '%1 could not be opened: %2',
                notebookName(path),
                ApiError.from(error).message
              ),
          { autoClose: 10_000 }
        );
      }
    }
  });
}

function isMissing(error: unknown): boolean {
  return (
    error instanceof ServerConnection.ResponseError &&
    error.response.status === 404
  );
}
