import { nullTranslator } from '@jupyterlab/translation';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { type IPreset, patchOf, Presets } from '../chat/presets';
import type { Chat } from '../schema';
import { FakeSettings, makeChat } from './fake';

let presets: Presets;

beforeEach(() => {
  presets = new Presets(new FakeSettings() as never, nullTranslator.load(''));
});

const named = (name: string): IPreset => {
  const preset = presets.find(name);
  expect(preset).toBeDefined();
  return preset as IPreset;
};

describe('Presets', () => {
  it('changes what it decides, and nothing else', () => {
    const chat = makeChat({ params: { top_k: 5, seed: 7 } });
    expect(patchOf(named('Precise'), chat)).toEqual({
      params: { temperature: 0.2, top_p: 0.9, top_k: null, seed: 7 }
    });
    expect(patchOf(named('Programmer'), chat).system).toContain('programmer');
  });

  it('knows which one a chat is set to', () => {
    expect(presets.of(makeChat())?.name).toBe('The model’s own choice');
    const params = { top_p: 0.9, temperature: 0.2, top_k: null, seed: 7 };
    expect(presets.of(makeChat({ params }))?.name).toBe('Precise');
    const programmer = makeChat(
      patchOf(named('Programmer'), makeChat()) as Chat
    );
    expect(presets.of(programmer)?.name).toBe('Programmer');
    const precise = patchOf(named('Precise'), programmer) as Chat;
    expect(presets.of({ ...programmer, ...precise })?.name).toBe('Precise');
    expect(presets.of(makeChat({ params: { top_k: 1 } }))).toBeUndefined();
  });

  it('keeps own ones, replaces them by name and deletes them', async () => {
    const heard = vi.fn();
    presets.changed.connect(heard);
    const chat = makeChat({
      system: 'Rhyme.',
      params: { top_k: 1, seed: null }
    });
    await presets.save('Poet', chat);
    expect(heard).toHaveBeenCalledTimes(1);
    expect(presets.own).toEqual([
      { name: 'Poet', system: 'Rhyme.', params: { top_k: 1 } }
    ]);
    expect(presets.of(chat)?.name).toBe('Poet');
    await presets.save('Poet', makeChat({ system: 'Sing.' }));
    expect(presets.own.map(preset => preset.system)).toEqual(['Sing.']);
    await presets.remove('Poet');
    expect(presets.own).toEqual([]);
  });

  it('has only those that come along where there are no settings', () => {
    const bare = new Presets(null, nullTranslator.load(''));
    expect(bare.own).toEqual([]);
    expect(bare.canSave).toBe(false);
    bare.dispose();
  });
});
