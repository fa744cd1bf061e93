import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { PartialJSONObject } from '@lumino/coreutils';

/** What the settings editor shows of a schema, with the contexts JupyterLab gives these strings. */
const SHOWN = ['title', 'description', 'jupyter.lab.setting-icon-label'];

/**
 * Load a plugin's settings, whose schema is translated on the way.
 *
 * The server translates schemas from language packs only, of which ours is none. The schema has
 * `jupyter.lab.transform`, so that JupyterLab waits for the translation.
 */
export async function loadSettings(
  registry: ISettingRegistry | null,
  id: string,
  trans: TranslationBundle
): Promise<ISettingRegistry.ISettings | null> {
  registry?.transform(id, {
    fetch: plugin => ({
      ...plugin,
      schema: translated(
        plugin.schema,
        'schema',
        trans
      ) as ISettingRegistry.ISchema
    })
  });
  return (await registry?.load(id).catch(() => null)) ?? null;
}

function translated(
  schema: PartialJSONObject,
  context: string,
  trans: TranslationBundle
): PartialJSONObject {
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => {
      if (typeof value === 'string' && SHOWN.includes(key)) {
        const where = key.startsWith('jupyter.') ? 'settings' : context;
        // Extracted from the schemas themselves.
        // eslint-disable-next-line jupyter/no-dynamic-translation
        return [key, trans.pgettext(where, value)];
      }
      return typeof value === 'object' && value && !Array.isArray(value)
        ? [key, translated(value, 'settings', trans)]
        : [key, value];
    })
  );
}
