import { CommandRegistry } from '@lumino/commands';
import { Menu } from '@lumino/widgets';

/**
 * A line of a menu; null is a line between two groups.
 */
export type MenuItem = {
  label: string;
  enabled?: boolean;
  run: () => void;
} | null;

/**
 * Open a menu below what was clicked.
 */
export function openMenu(items: readonly MenuItem[], anchor: Element): void {
  const commands = new CommandRegistry();
  const menu = new Menu({ commands });
  items.forEach((item, i) => {
    if (!item) {
      menu.addItem({ type: 'separator' });
      return;
    }
    commands.addCommand(`item-${i}`, {
      label: item.label,
      describedBy: { args: { type: 'object', properties: {} } },
      isEnabled: () => item.enabled ?? true,
      execute: item.run
    });
    menu.addItem({ command: `item-${i}` });
  });
  // What was chosen runs after the menu has closed, so it cannot be disposed of at once.
  menu.aboutToClose.connect(() => setTimeout(() => menu.dispose()));
  const { right, bottom } = anchor.getBoundingClientRect();
  menu.open(right, bottom, { horizontalAlignment: 'right' });
}
