/**
 * Which of a list's jobs a person has selected, by their ids.
 */
export interface ISelection {
  ids: ReadonlySet<string>;

  /** The one that a range begins at: what was selected last. */
  anchor: string | null;
}

/** Nothing. */
export const NONE: ISelection = { ids: new Set(), anchor: null };

/**
 * Select one more, or one less.
 */
export function toggled(selection: ISelection, id: string): ISelection {
  const ids = new Set(selection.ids);
  if (!ids.delete(id)) {
    ids.add(id);
  }
  return { ids, anchor: id };
}

/**
 * Select all from where the last selection was to this one, and nothing else.
 *
 * Begins at `from` where nothing that can be seen was selected before.
 */
export function extended(
  selection: ISelection,
  order: string[],
  id: string,
  from = id
): ISelection {
  const { anchor } = selection;
  const start = anchor !== null && order.includes(anchor) ? anchor : from;
  const [first, last] = [order.indexOf(start), order.indexOf(id)].sort(
    (a, b) => a - b
  );
  return { ids: new Set(order.slice(first, last + 1)), anchor: start };
}

/**
 * Select all.
 */
export function every(order: string[]): ISelection {
  return { ids: new Set(order), anchor: order[0] ?? null };
}
