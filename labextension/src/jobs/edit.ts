import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import type { Job, JobPatch } from '../schema';
import { changesOf, type IFields } from './changes';

/**
 * Ask for a job's name, project and comment.
 *
 * @returns what was changed; null when nothing was, or the dialog was dismissed.
 */
export async function askChanges(
  job: Job,
  projects: string[],
  trans: TranslationBundle
): Promise<JobPatch | null> {
  const { button, value } = await showDialog({
    title: trans.__('Edit %1', job.name),
    body: new EditForm(job, projects, trans),
    buttons: [
      Dialog.cancelButton({ label: trans.__('Cancel') }),
      Dialog.okButton({ label: trans.__('Save') })
    ],
    focusNodeSelector: 'input'
  });
  return button.accept && value ? changesOf(job, value) : null;
}

class EditForm extends Widget implements Dialog.IBodyWidget<IFields> {
  constructor(job: Job, projects: string[], trans: TranslationBundle) {
    super();
    this.addClass('jp-sw-Edit');
    const known = document.createElement('datalist');
    known.id = `jp-sw-projects-${job.id}`;
    for (const project of projects) {
      known.append(new Option(project, project));
    }
    this._name.value = job.name;
    this._project.value = job.project;
    this._project.setAttribute('list', known.id);
    this._comment.value = job.comment;
    this._comment.rows = 3;
    for (const field of [this._name, this._project, this._comment]) {
      field.className = 'jp-mod-styled';
    }
    this.node.append(
      labelled(trans.__('Name'), this._name),
      labelled(trans.__('Project'), this._project),
      labelled(trans.__('Comment'), this._comment),
      known
    );
  }

  getValue(): IFields {
    return {
      name: this._name.value.trim(),
      project: this._project.value.trim(),
      comment: this._comment.value.trim()
    };
  }

  private readonly _name = document.createElement('input');
  private readonly _project = document.createElement('input');
  private readonly _comment = document.createElement('textarea');
}

function labelled(text: string, field: HTMLElement): HTMLElement {
  const label = document.createElement('label');
  label.append(text, field);
  return label;
}
