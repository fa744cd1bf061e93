import type { CommandRegistry } from '@lumino/commands';
import { Menu } from '@lumino/widgets';

import type { Job } from '../schema';
import { CommandIDs } from '../tokens';
import { isServed } from './state';

/**
 * Open the menu of a job below what was clicked.
 */
export function openJobMenu(
  commands: CommandRegistry,
  job: Job,
  anchor: Element
): void {
  const menu = new Menu({ commands });
  for (const command of [
    CommandIDs.pinJob,
    ...(isServed(job) ? [CommandIDs.launchAgain, CommandIDs.saveTemplate] : []),
    CommandIDs.renameJob,
    CommandIDs.commentJob,
    CommandIDs.moveJob
  ]) {
    menu.addItem({ command, args: { job: job.id } });
  }
  // A chosen command runs after the menu has closed, so it cannot be disposed of at once.
  menu.aboutToClose.connect(() => setTimeout(() => menu.dispose()));
  const { right, bottom } = anchor.getBoundingClientRect();
  menu.open(right, bottom, { horizontalAlignment: 'right' });
}
