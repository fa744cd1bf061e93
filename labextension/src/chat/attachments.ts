import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

/**
 * Something that goes with a message, so that the model can read it.
 */
export interface IAttachment {
  title: string;

  /** What the model reads, as Markdown. */
  text: string;
}

/**
 * What goes with the next message.
 */
export class Attachments implements IDisposable {
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get items(): readonly IAttachment[] {
    return this._items;
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  /**
   * Add some; what is there already is not added again.
   */
  add(...items: IAttachment[]): void {
    const fresh = items.filter(
      item => !this._items.some(({ text }) => text === item.text)
    );
    this._set([...this._items, ...fresh]);
  }

  remove(item: IAttachment): void {
    this._set(this._items.filter(other => other !== item));
  }

  clear(): void {
    this._set([]);
  }

  dispose(): void {
    if (!this._disposed) {
      this._disposed = true;
      Signal.clearData(this);
    }
  }

  private _set(items: readonly IAttachment[]): void {
    this._items = items;
    this._changed.emit();
  }

  private readonly _changed = new Signal<this, void>(this);
  private _items: readonly IAttachment[] = [];
  private _disposed = false;
}

/**
 * A message with what goes with it.
 */
export function compose(
  content: string,
  attachments: readonly IAttachment[]
): string {
  return [
    content,
    ...attachments.map(({ title, text }) => `**${title}**\n\n${text}`)
  ]
    .filter(part => part !== '')
    .join('\n\n');
}
