import type { TranslationBundle } from '@jupyterlab/translation';

import type { LogView } from './view';

/**
 * What the parts of a log view are given.
 */
export interface ILogPart {
  view: LogView;
  trans: TranslationBundle;
}
