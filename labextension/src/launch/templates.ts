import type { ISettingRegistry } from '@jupyterlab/settingregistry';

import { Saved } from '../saved';
import { FRESH, type IChoices } from './choices';

/**
 * Choices of the form under a name.
 */
export interface ITemplate {
  name: string;

  /** Those that a fresh form does not make. */
  choices: Partial<IChoices>;
}

/**
 * A person's templates, which are kept in the settings of the form.
 */
export class Templates extends Saved<ITemplate> {
  constructor(settings: ISettingRegistry.ISettings | null) {
    super(settings, 'templates');
  }

  /** The name of the one that was used or saved last; empty when none was. */
  get used(): string {
    return this.has(this._used) ? this._used : '';
  }

  /**
   * All that a template chooses; undefined when it is gone.
   */
  use(name: string): IChoices | undefined {
    const template = this.own.find(each => each.name === name);
    if (!template) {
      return undefined;
    }
    this._used = name;
    return { ...FRESH, ...template.choices };
  }

  /**
   * The name of the template that makes just these choices, if any.
   */
  of(choices: IChoices): string | undefined {
    const wanted = JSON.stringify(told(choices));
    const fits = this.own
      .filter(each => {
        const made = { ...FRESH, ...each.choices };
        return JSON.stringify(told(made)) === wanted;
      })
      .map(({ name }) => name);
    return fits.includes(this._used) ? this._used : fits[0];
  }

  /**
   * Keep choices under a name; the template of that name is replaced.
   */
  async save(name: string, choices: IChoices): Promise<void> {
    this._used = name;
    await this.put({ name, choices: told(choices) });
  }

  protected override whole(template: ITemplate): ITemplate {
    return template;
  }

  private _used = '';
}

/**
 * The choices that a fresh form does not make, in the form's order.
 */
function told(choices: IChoices): Partial<IChoices> {
  const names = Object.keys(FRESH) as (keyof IChoices)[];
  return Object.fromEntries(
    names
      .filter(name => choices[name] !== FRESH[name])
      .map(name => [name, choices[name]])
  );
}
