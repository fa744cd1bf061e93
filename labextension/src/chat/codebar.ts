import type { TranslationBundle } from '@jupyterlab/translation';

import type { ICodeVerb } from './code';

/** Milliseconds that a button says that it was done. */
const SAID = 2000;

/**
 * Put what can be done with it below each block of code.
 */
export function addCodeVerbs(
  host: HTMLElement,
  verbs: readonly ICodeVerb[],
  trans: TranslationBundle
): void {
  host.querySelectorAll('pre').forEach(pre => {
    const bar = document.createElement('div');
    bar.className = 'jp-sw-CodeBar';
    bar.setAttribute('role', 'group');
    bar.setAttribute('aria-label', trans.__('This code'));
    bar.append(...verbs.map(verb => button(verb, pre)));
    pre.after(bar);
  });
}

function button(verb: ICodeVerb, pre: Element): HTMLButtonElement {
  const { label, title, done, run } = verb;
  const node = document.createElement('button');
  node.className = 'jp-sw-Button jp-mod-quiet';
  node.textContent = label;
  node.title = title;
  node.addEventListener('click', () => {
    run(pre.textContent ?? '');
    if (done !== undefined) {
      node.textContent = done;
      setTimeout(() => {
        node.textContent = label;
      }, SAID);
    }
  });
  return node;
}
