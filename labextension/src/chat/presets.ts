import type { TranslationBundle } from '@jupyterlab/translation';
import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { IDisposable } from '@lumino/disposable';
import type { PartialJSONValue } from '@lumino/coreutils';
import { type ISignal, Signal } from '@lumino/signaling';

import type { Chat, ChatPatch, SamplingParams } from '../schema';

/**
 * A system prompt and sampling settings under a name.
 */
export interface IPreset {
  name: string;

  /** Left out, a chat's system prompt stays. */
  system?: string;
  params: SamplingParams;
}

/** What every preset decides; what it does not name is left to the model. */
const CHOICE: SamplingParams = { temperature: null, top_p: null, top_k: null };

/**
 * Presets that come along, and a person's own, which are kept in the settings of the chat.
 */
export class Presets implements IDisposable {
  constructor(
    private readonly _settings: ISettingRegistry.ISettings | null,
    trans: TranslationBundle
  ) {
    this.given = [
      { name: trans.__('The model’s own choice'), params: {} },
      { name: trans.__('Precise'), params: { temperature: 0.2, top_p: 0.9 } },
      { name: trans.__('Creative'), params: { temperature: 1.1, top_p: 0.95 } },
      {
        name: trans.__('Programmer'),
        system: trans.__(
          'You are an expert programmer. Answer with code first, then explain it in a few sentences.'
        ),
        params: { temperature: 0.1, top_p: 0.9 }
      }
    ];
    this._settings?.changed.connect(this._onChanged, this);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Those that come along. */
  readonly given: readonly IPreset[];

  /** A person's own. */
  get own(): readonly IPreset[] {
    const own = this._settings?.composite.presets;
    return Array.isArray(own)
      ? (own as unknown as IPreset[]).map(preset => ({
          ...preset,
          params: preset.params ?? {}
        }))
      : [];
  }

  /** Whether a person can keep own ones. */
  get canSave(): boolean {
    return this._settings !== null;
  }

  get isDisposed(): boolean {
    return this._disposed;
  }

  find(name: string): IPreset | undefined {
    return [...this.own, ...this.given].find(preset => preset.name === name);
  }

  /**
   * The preset that a chat is set to, if any; one that has a system prompt tells more.
   */
  of(chat: Pick<Chat, 'system' | 'params'>): IPreset | undefined {
    const fits = [...this.own, ...this.given].filter(preset =>
      isSetTo(chat, preset)
    );
    return fits.find(preset => preset.system !== undefined) ?? fits[0];
  }

  /**
   * Keep what a chat is set to under a name; one's own preset of that name is replaced.
   */
  async save(
    name: string,
    chat: Pick<Chat, 'system' | 'params'>
  ): Promise<void> {
    const { system, params } = chat;
    await this._write([
      ...this.own.filter(preset => preset.name !== name),
      { name, system, params: known(params) }
    ]);
  }

  async remove(name: string): Promise<void> {
    await this._write(this.own.filter(preset => preset.name !== name));
  }

  dispose(): void {
    if (!this._disposed) {
      this._disposed = true;
      Signal.clearData(this);
    }
  }

  private async _write(presets: IPreset[]): Promise<void> {
    await this._settings?.set(
      'presets',
      presets as unknown as PartialJSONValue[]
    );
  }

  private _onChanged(): void {
    this._changed.emit();
  }

  private readonly _changed = new Signal<this, void>(this);
  private _disposed = false;
}

/**
 * What setting a chat to a preset changes.
 */
export function patchOf(
  preset: IPreset,
  chat: Pick<Chat, 'params'>
): ChatPatch {
  const params = { ...chat.params, ...CHOICE, ...preset.params };
  return preset.system === undefined
    ? { params }
    : { params, system: preset.system };
}

function isSetTo(
  chat: Pick<Chat, 'system' | 'params'>,
  preset: IPreset
): boolean {
  const { params, system = chat.system } = patchOf(preset, chat);
  return (
    system === chat.system &&
    JSON.stringify(known(params ?? {})) === JSON.stringify(known(chat.params))
  );
}

/**
 * The settings that are made, in an order of their own.
 */
function known(params: SamplingParams): SamplingParams {
  return Object.fromEntries(
    Object.entries(params)
      .filter(([, value]) => value !== null && value !== undefined)
      .sort(([one], [other]) => (one < other ? -1 : 1))
  );
}
