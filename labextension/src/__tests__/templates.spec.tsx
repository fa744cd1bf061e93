import {
  act,
  cleanup,
  fireEvent,
  render,
  screen,
  within
} from '@testing-library/react';
import { nullTranslator } from '@jupyterlab/translation';
import React from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { JobsModel } from '../jobs/model';
import { FRESH, type IChoices } from '../launch/choices';
import { LaunchModel } from '../launch/model';
import { SaveTemplate, TemplateBar } from '../launch/templatebar';
import { removeTemplate, saveTemplate } from '../launch/templatedialogs';
import { Templates } from '../launch/templates';
import { FakeServer, FakeSettings } from './fake';

/** What a person answers to each question, in order: a text, or whether they are sure. */
const answers: (string | boolean)[] = [];
const asked: string[] = [];

vi.mock('@jupyterlab/apputils', () => {
  const answer = (title: string, label = ''): unknown => {
    asked.push(label ? `${title}: ${label}` : title);
    const value = answers.shift();
    return {
      button: { accept: value !== undefined && value !== false },
      value
    };
  };
  return {
    Dialog: { cancelButton: vi.fn(), warnButton: vi.fn() },
    InputDialog: {
      getText: ({ title, label }: { title: string; label: string }) =>
        Promise.resolve(answer(title, label))
    },
    Notification: { error: vi.fn() },
    showDialog: ({ title }: { title: string }) => Promise.resolve(answer(title))
  };
});

const trans = nullTranslator.load('');
const THESIS: IChoices = {
  ...FRESH,
  model: 'llama2-7b-chat',
  resource: 'cuda:7',
  release: 1800,
  comment: 'for chapter 3'
};

let settings: FakeSettings;
let templates: Templates;

beforeEach(() => {
  answers.length = asked.length = 0;
  settings = new FakeSettings();
  templates = new Templates(settings as never);
});

afterEach(() => {
  cleanup();
  templates.dispose();
});

describe('Templates', () => {
  it('keep what a fresh form does not choose, and fill in the rest', async () => {
    await templates.save('thesis', THESIS);
    expect(settings.composite.templates).toEqual([
      {
        name: 'thesis',
        choices: {
          model: 'llama2-7b-chat',
          resource: 'cuda:7',
          release: 1800,
          comment: 'for chapter 3'
        }
      }
    ]);
    // As after a reload.
    templates.dispose();
    templates = new Templates(settings as never);
    expect(templates.use('thesis')).toEqual(THESIS);
    expect(templates.use('gone')).toBeUndefined();
  });

  it('know which one makes the same choices; of twins, the one used', async () => {
    await templates.save('one', THESIS);
    await templates.save('two', THESIS);
    expect(templates.of(THESIS)).toBe('two');
    templates.use('one');
    expect(templates.of(THESIS)).toBe('one');
    expect(templates.of({ ...THESIS, resource: 'auto' })).toBeUndefined();
    await templates.remove('one');
    expect(templates.of(THESIS)).toBe('two');
    expect(templates.used).toBe('');
  });
});

describe('saving a template', () => {
  const save = (): Promise<string | null> =>
    saveTemplate({ templates, choices: THESIS, text: '', trans });

  it('asks for a name until it is a good one', async () => {
    answers.push('  ', 'x'.repeat(61), ` ${'y'.repeat(60)} `);
    expect(await save()).toBe('y'.repeat(60));
    expect(asked).toEqual([
      'Save as template: Name',
      'Save as template: A template needs a name',
      'Save as template: A name has at most 60 characters; this one has 61'
    ]);
    expect(templates.has('y'.repeat(60))).toBe(true);
  });

  it('asks before a template is replaced', async () => {
    await templates.save('thesis', FRESH);
    answers.push('thesis', false, 'other');
    expect(await save()).toBe('other');
    expect(asked).toContain('Replace the template thesis?');
    expect(templates.use('thesis')).toEqual(FRESH);
    answers.push('thesis', true);
    expect(await save()).toBe('thesis');
    expect(templates.use('thesis')).toEqual(THESIS);
    expect(templates.own).toHaveLength(2);
  });

  it('keeps nothing when it is given up', async () => {
    expect(await save()).toBeNull();
    expect(templates.own).toEqual([]);
  });

  it('asks before one is deleted', async () => {
    await templates.save('thesis', THESIS);
    answers.push(false, true);
    await removeTemplate(templates, 'thesis', trans);
    expect(templates.own).toHaveLength(1);
    await removeTemplate(templates, 'thesis', trans);
    expect(templates.own).toEqual([]);
  });
});

describe('the form', () => {
  let jobs: JobsModel;
  let launch: LaunchModel;

  beforeEach(() => {
    const server = new FakeServer();
    jobs = server.model();
    launch = new LaunchModel({
      api: server.api,
      jobs,
      templates: Promise.resolve(templates)
    });
  });

  afterEach(() => {
    launch.dispose();
    jobs.dispose();
  });

  const show = async (): Promise<void> => {
    const Form = (): React.ReactElement => {
      const [, again] = React.useReducer((count: number) => count + 1, 0);
      React.useEffect(() => void launch.changed.connect(again), []);
      return (
        <>
          <TemplateBar launch={launch} />
          <SaveTemplate launch={launch} />
        </>
      );
    };
    await act(async () => {
      render(<Form />);
      await Promise.resolve();
    });
  };
  const choice = (): HTMLSelectElement | null =>
    screen.queryByRole('combobox', { name: 'Template' });

  it('offers templates only where there are some, and is filled by one', async () => {
    await show();
    expect(choice()).toBeNull();
    await act(() => templates.save('thesis', THESIS));
    await act(() => templates.save('tiny', { ...FRESH, model: 'tiny' }));
    act(() => launch.choose({ model: 'other', adapter: './lora' }));
    expect(choice()?.selectedOptions[0].textContent).toBe('Own choices');
    fireEvent.change(choice()!, { target: { value: 'thesis' } });
    expect(launch.choices).toEqual(THESIS);
    expect(choice()?.value).toBe('thesis');
    const names = within(choice()!).getAllByRole('option');
    expect(names.map(each => each.textContent)).toEqual(['thesis', 'tiny']);
  });

  it('saves what it chooses once a model is chosen', async () => {
    await show();
    const button = (): HTMLElement =>
      screen.getByRole('button', { name: 'Save as template…' });
    expect(button()).toHaveProperty('disabled', true);
    act(() => launch.choose(THESIS));
    answers.push('thesis');
    fireEvent.click(button());
    await vi.waitFor(() => expect(choice()?.value).toBe('thesis'));
    answers.push(true);
    fireEvent.click(screen.getByRole('button', { name: 'Delete' }));
    await vi.waitFor(() => expect(choice()).toBeNull());
  });
});
