import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { IDisposable } from '@lumino/disposable';
import { type ISignal, Signal } from '@lumino/signaling';

/** What a name may have of characters; the schemas of the settings say the same. */
export const LONGEST_NAME = 60;

/**
 * What a person has saved under names, kept in the settings of a plugin: a list of theirs.
 */
export abstract class Saved<T extends { name: string }> implements IDisposable {
  constructor(
    private readonly _settings: ISettingRegistry.ISettings | null,
    private readonly _key: string
  ) {
    this._settings?.changed.connect(this._onChanged, this);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** A person's own, in the order in which they were saved. */
  get own(): readonly T[] {
    const own = this._settings?.composite[this._key];
    return Array.isArray(own)
      ? (own as unknown as T[]).map(item => this.whole(item))
      : [];
  }

  /** Whether a person can keep own ones. */
  get canSave(): boolean {
    return this._settings !== null;
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  /** Whether one of a person's own has a name. */
  has(name: string): boolean {
    return this.own.some(item => item.name === name);
  }

  async remove(name: string): Promise<void> {
    await this._write(this.own.filter(item => item.name !== name));
  }

  dispose(): void {
    if (!this._disposed) {
      this._disposed = true;
      Signal.clearData(this);
    }
  }

  /** One as it was saved, with what may have been left out when it was written by hand. */
  protected abstract whole(item: T): T;

  /** Keep one; one's own of that name is replaced. */
  protected async put(item: T): Promise<void> {
    await this._write([
      ...this.own.filter(({ name }) => name !== item.name),
      item
    ]);
  }

  private async _write(items: T[]): Promise<void> {
    await this._settings?.set(this._key, items);
  }

  private _onChanged(): void {
    this._changed.emit();
  }

  private readonly _changed = new Signal<this, void>(this);
  private _disposed = false;
}
