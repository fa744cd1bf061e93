import React, { useRef, useState } from 'react';

import type { Job } from '../schema';
import { every, extended, NONE, toggled } from './selection';

/** What in a card does something of its own when it is clicked; its name may be selected by. */
const CONTROLS = 'button:not(.jp-sw-Job-name), a, input, select';

/**
 * What a list of jobs needs so that several can be selected.
 */
export interface ISelecting {
  /** The selected ones of the jobs. */
  chosen: Job[];

  /** The card that the keyboard is at; null before it was. */
  current: string | null;
  clear: () => void;

  /** For the element around the cards. */
  root: React.RefObject<HTMLDivElement>;
  handlers: Pick<
    React.DOMAttributes<HTMLDivElement>,
    'onClickCapture' | 'onMouseDown' | 'onKeyDown' | 'onFocus'
  >;
}

/**
 * Select jobs as in any list: with Ctrl or Cmd one by one, with Shift a range; by the keyboard with
 * the arrow keys, Space and Ctrl+A. Escape clears.
 */
export function useSelecting(
  jobs: Job[],
  open: (job: { id: string }) => void
): ISelecting {
  const root = useRef<HTMLDivElement>(null);
  const [selection, select] = useState(NONE);
  const [current, setCurrent] = useState<string | null>(null);
  const chosen = jobs.filter(({ id }) => selection.ids.has(id));
  const cards = (): HTMLElement[] => [
    ...(root.current?.querySelectorAll<HTMLElement>('[data-job]') ?? [])
  ];
  const order = (): string[] => cards().map(idOf);
  const clear = (): void => {
    select(NONE);
    // Not to the page's body, when what had the focus goes with the selection.
    const all = cards();
    (all.find(card => idOf(card) === current) ?? all[0])?.focus();
  };

  const onClickCapture = (event: React.MouseEvent): void => {
    const card = cardOf(event.target);
    if (!card || !isSelecting(event)) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    card.focus({ preventScroll: true });
    const id = idOf(card);
    select(
      event.shiftKey ? extended(selection, order(), id) : toggled(selection, id)
    );
  };
  const onMouseDown = (event: React.MouseEvent): void => {
    if (cardOf(event.target) && isSelecting(event)) {
      event.preventDefault(); // no text is selected on the way
    }
  };

  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.key === 'Escape' && chosen.length > 0) {
      event.stopPropagation();
      clear();
      return;
    }
    const card = event.target as HTMLElement;
    if (card.dataset.job === undefined || event.altKey) {
      return; // it is for what is in the card
    }
    if (onCardKey(card, event)) {
      event.preventDefault();
      event.stopPropagation();
    }
  };
  const onCardKey = (
    card: HTMLElement,
    event: React.KeyboardEvent
  ): boolean => {
    const id = idOf(card);
    const all = cards();
    const goal = goalOf(event.key, all.indexOf(card), all.length);
    if (goal !== null) {
      all[goal].focus();
      if (event.shiftKey) {
        select(extended(selection, order(), idOf(all[goal]), id));
      }
    } else if (event.key === ' ') {
      select(
        event.shiftKey
          ? extended(selection, order(), id)
          : toggled(selection, id)
      );
    } else if (event.key === 'a' && (event.ctrlKey || event.metaKey)) {
      select(every(order()));
    } else if (event.key === 'Enter') {
      open({ id });
    } else {
      return false;
    }
    return true;
  };
  const onFocus = (event: React.FocusEvent): void =>
    setCurrent(cardOf(event.target)?.dataset.job ?? current);

  return {
    chosen,
    current,
    clear,
    root,
    handlers: { onClickCapture, onMouseDown, onKeyDown, onFocus }
  };
}

/** The place that a key leads to, if it leads anywhere. */
function goalOf(key: string, at: number, count: number): number | null {
  switch (key) {
    case 'ArrowDown':
      return Math.min(at + 1, count - 1);
    case 'ArrowUp':
      return Math.max(at - 1, 0);
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}

function isSelecting(event: React.MouseEvent): boolean {
  const { ctrlKey, metaKey, shiftKey, button, target } = event;
  return (
    button === 0 &&
    (ctrlKey || metaKey || shiftKey) &&
    (target as Element).closest(CONTROLS) === null
  );
}

function cardOf(target: EventTarget): HTMLElement | null {
  return (target as Element).closest<HTMLElement>('[data-job]');
}

function idOf(card: HTMLElement): string {
  return card.dataset.job ?? '';
}
