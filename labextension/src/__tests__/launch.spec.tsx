import {
  act,
  cleanup,
  fireEvent,
  render,
  screen,
  waitFor,
  within
} from '@testing-library/react';
import { nullTranslator } from '@jupyterlab/translation';
import React from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { type IJobActions, ViewContext } from '../context';
import type { JobsModel } from '../jobs/model';
import {
  changed,
  choicesOf,
  FRESH,
  type IChoices,
  requestOf
} from '../launch/choices';
import { LaunchForm } from '../launch/form';
import { LaunchModel } from '../launch/model';
import { matching } from '../launch/modelfield';
import { resources } from '../launch/resourcestep';
import type { DeviceFit, JobEstimate, JobRequest, ModelInfo } from '../schema';
import { FakeServer, makeJob, refusal } from './fake';

const GIB = 2 ** 30;
const trans = nullTranslator.load('');

let server: FakeServer;
let jobs: JobsModel;
let launch: LaunchModel;
let asked: JobRequest[];
let last: IChoices | undefined;
const insert = vi.fn();

beforeEach(() => {
  server = new FakeServer();
  server.jobs();
  asked = [];
  last = undefined;
  server.answers['GET models'] = () => ({
    models: MODELS,
    default: 'smollm2-135m-chat'
  });
  server.answers['GET projects'] = () => ({
    projects: [{ name: 'default', jobs: 0 }]
  });
  server.answers['POST estimate'] = ({ body }) => {
    asked.push(body as JobRequest);
    return makeEstimate({ command: `%sw run ${(body as JobRequest).model}` });
  };
  jobs = server.model();
  launch = new LaunchModel({
    api: server.api,
    jobs,
    recall: () => Promise.resolve(last),
    remember: choices => (last = choices)
  });
});

afterEach(() => {
  cleanup();
  launch.dispose();
  jobs.dispose();
});

async function show(choices?: Partial<IChoices>): Promise<void> {
  await jobs.refresh();
  launch.open(choices);
  const view = {
    trans,
    clock: jobs.clock,
    visible: true,
    longest: () => null,
    root: () => '',
    actions: {} as IJobActions,
    copy: vi.fn(),
    insert
  };
  render(
    <ViewContext.Provider value={view}>
      <LaunchForm launch={launch} status={jobs.status!} />
    </ViewContext.Provider>
  );
  await settle();
}

async function settle(): Promise<void> {
  await waitFor(() => expect(launch.isSettled).toBe(true));
}

const model = (): HTMLInputElement =>
  screen.getByRole('combobox', { name: /Model/ });
const verdict = (): string => screen.getByRole('status').textContent ?? '';

describe('LaunchForm', () => {
  it('runs the default model when nothing is chosen', async () => {
    server.answers['POST jobs'] = ({ body }) => {
      asked.push(body as JobRequest);
      return makeJob({ state: 'fetching' });
    };
    await show();
    expect(model().value).toBe('smollm2-135m-chat');
    expect(document.activeElement).toBe(model());
    expect(verdict()).toContain(
      'Fits now cpu: 1.0\u00a0GiB of 16.0\u00a0GiB free'
    );
    fireEvent.submit(screen.getByRole('form'));
    await waitFor(() => expect(launch.isOpen).toBe(false));
    expect(asked.at(-1)).toEqual({
      model: 'smollm2-135m-chat',
      resource: 'auto',
      engine: 'auto',
      dtype: 'auto',
      owner: { user: '', client: 'lab', notebook: null }
    });
    expect(jobs.live).toHaveLength(1);
    expect(last?.model).toBe('smollm2-135m-chat');
  });

  it('begins with what ran last', async () => {
    last = { ...FRESH, model: 'llama2-7b-chat', release: 1800 };
    await show();
    expect(model().value).toBe('llama2-7b-chat');
    expect(asked.at(-1)?.release_after).toBe(1800);
  });

  it('finds a model by what is typed and takes it by the keyboard', async () => {
    await show();
    fireEvent.change(model(), { target: { value: 'llama 13' } });
    const offers = within(screen.getByRole('listbox')).getAllByRole('option');
    expect(offers.map(offer => offer.firstChild?.textContent)).toEqual([
      'llama2-13b-chat'
    ]);
    fireEvent.keyDown(model(), { key: 'ArrowDown' });
    expect(model().getAttribute('aria-activedescendant')).toBe(offers[0].id);
    fireEvent.keyDown(model(), { key: 'Enter' });
    expect(model().value).toBe('llama2-13b-chat');
    expect(screen.queryByRole('listbox')).toBeNull();
    await settle();
    expect(asked.at(-1)?.model).toBe('llama2-13b-chat');
    expect(
      screen.getByRole('link', { name: /accept it there first/ })
    ).toHaveProperty('href', 'https://example.org/licence');
  });

  it('closes the list with Escape, and then the form', async () => {
    await show();
    fireEvent.click(model());
    expect(screen.getByRole('listbox')).toBeTruthy();
    fireEvent.keyDown(model(), { key: 'Escape' });
    expect(screen.queryByRole('listbox')).toBeNull();
    expect(launch.isOpen).toBe(true);
    fireEvent.keyDown(model(), { key: 'Escape' });
    expect(launch.isOpen).toBe(false);
  });

  it('says why it would wait, and lets it be submitted', async () => {
    server.answers['POST estimate'] = () =>
      makeEstimate({
        fit: 'later',
        message: 'Needs 14.6 GiB on one device; cuda:0 has 9.1 GiB free.'
      });
    await show();
    expect(verdict()).toContain('Waits for memory.Needs 14.6 GiB');
    expect(screen.getByRole('button', { name: 'Run' })).toHaveProperty(
      'disabled',
      false
    );
  });

  it('does not submit what can never fit, and says what would', async () => {
    server.answers['POST estimate'] = () =>
      makeEstimate({
        fit: 'never',
        message: 'It needs 26.0 GiB, and cuda:0 has 24.0 GiB in all.',
        hint: 'Choose a smaller model.',
        precisions: [
          {
            dtype: 'float32',
            quantize: null,
            need: 26 * GIB,
            fit: 'never',
            devices: []
          },
          {
            dtype: 'bfloat16',
            quantize: '4bit',
            need: 13 * GIB,
            fit: 'now',
            devices: ['cuda:0']
          }
        ]
      });
    await show();
    expect(verdict()).toContain('Choose a smaller model.');
    expect(verdict()).toContain('4bit: 13.0\u00a0GiB, fits now');
    expect(screen.getByRole('button', { name: 'Run' })).toHaveProperty(
      'disabled',
      true
    );
  });

  it('shows what the server refuses and keeps what was chosen', async () => {
    server.answers['POST jobs'] = () =>
      refusal(400, 'There is no such thing.', 'bad_request', 'Try another.');
    await show({ model: 'llama2-7b-chat', comment: 'for the talk' });
    fireEvent.submit(screen.getByRole('form'));
    await waitFor(() => expect(verdict()).toContain('Try another.'));
    expect(launch.isOpen).toBe(true);
    expect(launch.choices.comment).toBe('for the talk');
  });

  it('offers release times within the bound of the server', async () => {
    const { 'GET status': status } = server.answers;
    server.answers['GET status'] = call => ({
      ...(status(call) as object),
      max_release_after: 3600,
      default_release_idle: 1800
    });
    await show();
    const texts = (name: RegExp): string[] =>
      within(screen.getByRole('combobox', { name }))
        .getAllByRole('option')
        .map(option => option.textContent ?? '');
    expect(texts(/5 · Auto-release/)).toEqual([
      'default: 1 h',
      '15 min',
      '30 min',
      '1 h'
    ]);
    expect(texts(/when idle for/)[0]).toBe('default: 30 min');
    expect(document.body.textContent).toContain('No job runs longer than 1 h');
  });

  it('shows what was chosen and is not offered any more', async () => {
    await show({
      model: 'smollm2-135m-chat',
      version: 'forgotten',
      resource: 'cuda:7'
    });
    const shown = (name: RegExp): string | null | undefined => {
      const select = screen.getByRole('combobox', { name });
      return (select as HTMLSelectElement).selectedOptions[0].textContent;
    };
    expect(shown(/Resource/)).toBe('cuda:7');
    expect(shown(/Version/)).toBe('forgotten');
    expect(asked.at(-1)).toMatchObject({
      version: 'forgotten',
      resource: 'cuda:7'
    });
  });

  it('shows the line to type and puts it into the notebook', async () => {
    await show();
    expect(document.body.textContent).toContain('%sw run smollm2-135m-chat');
    fireEvent.click(screen.getByRole('button', { name: 'Insert' }));
    expect(insert).toHaveBeenCalledWith('%sw run smollm2-135m-chat');
  });

  it('takes no answer about earlier choices', async () => {
    await show();
    const answers: (() => void)[] = [];
    server.answers['POST estimate'] = ({ body }) =>
      new Promise(resolve => {
        const { model: name } = body as JobRequest;
        answers.push(() => resolve(makeEstimate({ command: name })));
      });
    act(() => launch.choose({ model: 'first' }));
    await waitFor(() => expect(answers).toHaveLength(1));
    act(() => launch.choose({ model: 'second' }));
    await waitFor(() => expect(answers).toHaveLength(2));
    answers.reverse().forEach(answer => answer());
    await settle();
    expect(launch.estimate?.command).toBe('second');
  });
});

describe('choices', () => {
  it('make the request of the job they are of', () => {
    const job = makeJob({ state: 'released', dtype: 'bfloat16' });
    expect(requestOf(choicesOf(job))).toEqual({
      model: 'starwhale/public/llama2-7b-chat',
      version: 'ki72ulafxyz',
      handler: 'chatbot',
      resource: 'auto',
      engine: 'llamacpp',
      dtype: 'bfloat16',
      context: 4096,
      release_after: 1800,
      release_idle: 0,
      name: 'llama2-7b-chat',
      project: 'default'
    });
  });

  it('quantize, and take an adapter of this model only', () => {
    const chosen = changed(FRESH, { model: 'a', precision: '4bit' });
    const tuned = changed(chosen, { adapter: ' ./lora ' });
    expect(requestOf(tuned)).toEqual({
      model: 'a',
      resource: 'auto',
      engine: 'auto',
      quantize: '4bit',
      adapter: './lora'
    });
    expect(changed(tuned, { model: 'b' })).toMatchObject({
      precision: '4bit',
      adapter: ''
    });
    expect(choicesOf(makeJob({ quantize: '8bit' })).precision).toBe('8bit');
    expect(choicesOf(makeJob({ dtype: 'Q8_0' })).precision).toBe('auto');
  });

  it('keep part of a model outside of a GPU, also when it runs again', () => {
    const offload = 1.5 * 2 ** 30;
    const chosen = changed(FRESH, { model: 'a', offload: '1.5' });
    expect(requestOf(chosen).offload).toBe(offload);
    const again = choicesOf(makeJob({ offload }));
    expect(requestOf(again).offload).toBe(offload);
  });

  it('have defaults of replies, also when it runs again', () => {
    const defaults = { system: 'Be brief.', temperature: 0, max_tokens: 40 };
    const chosen = changed(FRESH, {
      model: 'a',
      system: 'Be brief.',
      temperature: '0',
      maxTokens: '40'
    });
    expect(requestOf(chosen).defaults).toEqual(defaults);
    expect(requestOf(changed(chosen, { model: 'b' })).defaults).toEqual(
      defaults
    );
    const job = makeJob({ defaults: { ...defaults, top_p: null } });
    expect(requestOf(choicesOf(job)).defaults).toEqual(defaults);
    expect(requestOf(FRESH).defaults).toBeUndefined();
  });

  it('offer each device, and several of a kind', () => {
    const gpu = (index: number): DeviceFit =>
      makeDevice({
        device: `cuda:${index}`,
        kind: 'cuda',
        label: 'A100 80G',
        total: 80 * GIB,
        free: 41.7 * GIB,
        simulated: true
      });
    const labels = resources([gpu(0), gpu(1), makeDevice()], trans);
    expect(labels.map(({ value }) => value)).toEqual([
      'auto',
      'cuda:0',
      'cuda:1',
      'cpu',
      'A100 80G*2'
    ]);
    expect(labels[1].label).toBe(
      'cuda:0 · A100 80G · 41.7 of 80\u00a0GiB free (simulated)'
    );
    expect(labels[4].label).toBe('A100 80G*2 (simulated)');
  });

  it('keep families together, whatever order the server lists them in', () => {
    const mixed = [MODELS[1], MODELS[0], MODELS[2]];
    expect(matching(mixed, '').map(({ name }) => name)).toEqual([
      'llama2-7b-chat',
      'llama2-13b-chat',
      'smollm2-135m-chat'
    ]);
  });
});

function makeDevice(changes: Partial<DeviceFit> = {}): DeviceFit {
  return {
    device: 'cpu',
    kind: 'cpu',
    label: 'CPU',
    total: 24 * GIB,
    free: 16 * GIB,
    simulated: false,
    fit: 'now',
    chosen: true,
    ...changes
  };
}

function makeEstimate(changes: Partial<JobEstimate> = {}): JobEstimate {
  return {
    model: 'starwhale/public/smollm2-135m-chat',
    name: 'smollm2-135m-chat',
    version: null,
    handler: 'chatbot',
    engine: 'llamacpp',
    context: 8192,
    download: 0,
    need: GIB,
    parts: null,
    exact: true,
    measured: false,
    fit: 'now',
    message: '',
    hint: '',
    devices: [makeDevice()],
    precisions: [],
    release_after: null,
    release_idle: 3600,
    command: '%sw run smollm2-135m-chat',
    ...changes
  };
}

function makeModel(changes: Partial<ModelInfo>): ModelInfo {
  return {
    name: '',
    uri: '',
    title: '',
    family: '',
    parameters: null,
    context: null,
    license: '',
    license_url: '',
    gated: false,
    handlers: ['chatbot'],
    recommended_resources: [],
    source: '',
    description: '',
    embedded: false,
    versions: [],
    ...changes
  };
}

const MODELS = [
  makeModel({
    name: 'smollm2-135m-chat',
    uri: 'starwhale/public/smollm2-135m-chat',
    title: 'SmolLM2 135M Instruct',
    family: 'SmolLM2',
    parameters: 134_515_008
  }),
  ...['7b', '13b'].map(size =>
    makeModel({
      name: `llama2-${size}-chat`,
      uri: `starwhale/public/llama2-${size}-chat`,
      title: `Llama 2 ${size} Chat`,
      family: 'Llama 2',
      gated: true,
      license: 'Llama 2 licence',
      license_url: 'https://example.org/licence'
    })
  )
];
