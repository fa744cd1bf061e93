import type { TranslationBundle } from '@jupyterlab/translation';

/**
 * CodeMirror's own words of its search bar.
 */
export function phrases(trans: TranslationBundle): Record<string, string> {
  return {
    Find: trans.__('Find'),
    next: trans.__('next'),
    previous: trans.__('previous'),
    all: trans.__('all'),
    'match case': trans.__('match case'),
    regexp: trans.__('regexp'),
    'by word': trans.__('by word'),
    close: trans.__('close'),
    'current match': trans.__('current match'),
    'on line': trans.__('on line')
  };
}
