import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { TranslationBundle } from '@jupyterlab/translation';

import { Saved } from '../saved';
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
export class Presets extends Saved<IPreset> {
  constructor(
    settings: ISettingRegistry.ISettings | null,
    trans: TranslationBundle
  ) {
    super(settings, 'presets');
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
  }

  /** Those that come along. */
  readonly given: readonly IPreset[];

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
    await this.put({ name, system, params: known(params) });
  }

  protected override whole(preset: IPreset): IPreset {
    return { ...preset, params: preset.params ?? {} };
  }
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
