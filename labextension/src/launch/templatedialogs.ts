import { Dialog, InputDialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';

import { telling } from '../jobs/verbs';
import { LONGEST_NAME } from '../saved';
import type { IChoices } from './choices';
import type { Templates } from './templates';

/**
 * Keep choices under a name that a person gives; the name, or null when nothing was kept.
 */
export async function saveTemplate(options: {
  templates: Templates;
  choices: IChoices;

  /** The name that is offered. */
  text: string;
  trans: TranslationBundle;
}): Promise<string | null> {
  const { templates, choices, trans } = options;
  const name = await askName(templates, options.text, trans);
  if (name === null) {
    return null;
  }
  let saved = false;
  await telling(trans, async () => {
    await templates.save(name, choices);
    saved = true;
  });
  return saved ? name : null;
}

/**
 * Delete a template, after a question.
 */
export async function removeTemplate(
  templates: Templates,
  name: string,
  trans: TranslationBundle
): Promise<void> {
  const sure = await isSure(
    trans.__('Delete the template %1?', name),
    trans.__('Jobs that were run with it stay as they are.'),
    trans.__('Delete'),
    trans
  );
  if (sure) {
    await telling(trans, () => templates.remove(name));
  }
}

/**
 * A name that is good and free, or may be taken over; asked for until it is one.
 */
async function askName(
  templates: Templates,
  offered: string,
  trans: TranslationBundle
): Promise<string | null> {
  let text = offered;
  let label = trans.__('Name');
  for (;;) {
    const { button, value } = await InputDialog.getText({
      title: trans.__('Save as template'),
      label,
      text,
      okLabel: trans.__('Save')
    });
    if (!button.accept) {
      return null;
    }
    text = (value ?? '').trim();
    // As the schema of the settings counts them.
    const { length } = [...text];
    if (length === 0) {
      label = trans.__('A template needs a name');
    } else if (length > LONGEST_NAME) {
      label = trans.__(
        'A name has at most %1 characters; this one has %2',
        LONGEST_NAME,
        length
      );
    } else if (!templates.has(text) || (await mayReplace(text, trans))) {
      return text;
    } else {
      label = trans.__('Another name');
    }
  }
}

function mayReplace(name: string, trans: TranslationBundle): Promise<boolean> {
  return isSure(
    trans.__('Replace the template %1?', name),
    trans.__('There is a template of that name already. Its choices are lost.'),
    trans.__('Replace'),
    trans
  );
}

async function isSure(
  title: string,
  body: string,
  label: string,
  trans: TranslationBundle
): Promise<boolean> {
  const { button } = await showDialog({
    title,
    body,
    buttons: [
      Dialog.cancelButton({ label: trans.__('Keep it') }),
      Dialog.warnButton({ label })
    ]
  });
  return button.accept;
}
