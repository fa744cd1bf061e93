import { SettingRegistry } from '@jupyterlab/settingregistry';
import { Gettext } from '@jupyterlab/translation';
import { StateDB } from '@jupyterlab/statedb';
import { describe, expect, it } from 'vitest';

import schema from '../../schema/notifications.json';
import { loadSettings } from '../settings';

const ID = 'jupyter-sw:notifications';

function registry(): SettingRegistry {
  const connector = new StateDB();
  const plugin = {
    id: ID,
    schema,
    raw: '{}',
    version: '1',
    data: { composite: {}, user: {} }
  };
  return new SettingRegistry({
    connector: {
      fetch: () => Promise.resolve(structuredClone(plugin)),
      list: () => Promise.resolve({ ids: [ID], values: [plugin] }),
      save: (id: string, raw: string) => connector.save(id, raw),
      remove: (id: string) => connector.remove(id)
    } as never
  });
}

describe('settings', () => {
  it('are shown in the language of the page', async () => {
    const trans = new Gettext({ domain: 'jupyter_sw', locale: 'zh-CN' });
    trans.loadJSON(
      {
        '': { language: 'zh-CN', pluralForms: 'nplurals=1; plural=0;' },
        'schema\u0004Models: notifications': ['模型：通知'],
        'settings\u0004Models: notifications': ['通知'],
        'settings\u0004Notify of jobs': ['作业通知']
      } as never,
      'jupyter_sw'
    );
    const settings = await loadSettings(registry(), ID, trans);
    expect(settings?.schema.title).toBe('模型：通知');
    expect(settings?.schema['jupyter.lab.setting-icon-label']).toBe('通知');
    expect(settings?.schema.properties?.enabled.title).toBe('作业通知');
    expect(settings?.composite.enabled).toBe(true);
  });

  it('are missing where there is no registry', async () => {
    const trans = new Gettext({ domain: 'jupyter_sw' });
    expect(await loadSettings(null, ID, trans)).toBeNull();
  });
});
