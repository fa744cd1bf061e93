import { hasEnded } from '../jobs/state';
import type {
  Engine,
  Job,
  JobRequest,
  ModelInfo,
  Quantize,
  ReplyDefaults
} from '../schema';

const GIB = 2 ** 30;

/** What weights can be loaded as. */
export const DTYPES = ['float32', 'bfloat16', 'float16'];

/**
 * What a person has chosen. An empty text is "as the server thinks best".
 */
export interface IChoices {
  model: string;
  version: string;
  handler: string;
  resource: string;
  engine: Engine;

  /** A `dtype`, or of how many bits a quantized model is. */
  precision: string;

  /** Seconds; 0 is never, null the server's default. */
  release: number | null;
  idle: number | null;

  context: string;
  adapter: string;

  /** GiB of the weights for the CPU's memory. */
  offload: string;

  /** What replies get that are asked for without. */
  system: string;
  temperature: string;
  topP: string;
  maxTokens: string;

  name: string;
  project: string;
  comment: string;
}

/**
 * The choices that another model would make meaningless.
 */
const OF_THE_MODEL = {
  version: '',
  handler: '',
  context: '',
  adapter: '',
  offload: '',
  name: ''
};

/**
 * A fresh form.
 */
export const FRESH: IChoices = {
  ...OF_THE_MODEL,
  model: '',
  resource: 'auto',
  engine: 'auto',
  precision: 'auto',
  release: null,
  idle: null,
  system: '',
  temperature: '',
  topP: '',
  maxTokens: '',
  project: '',
  comment: ''
};

/**
 * Change some choices; what belonged to another model goes with it.
 */
export function changed(
  choices: IChoices,
  change: Partial<IChoices>
): IChoices {
  const moved = 'model' in change && change.model !== choices.model;
  return { ...choices, ...(moved ? OF_THE_MODEL : {}), ...change };
}

/**
 * The request that the choices make; what was left to the server is left out.
 */
export function requestOf(choices: IChoices): JobRequest {
  const { model, resource, engine, precision, release, idle } = choices;
  const request: JobRequest = { model: model.trim(), resource, engine };
  if (isQuantized(precision)) {
    request.quantize = precision;
  } else {
    request.dtype = precision;
  }
  for (const name of [
    'version',
    'handler',
    'adapter',
    'name',
    'project',
    'comment'
  ] as const) {
    const text = choices[name].trim();
    if (text) {
      request[name] = text;
    }
  }
  if (choices.context.trim()) {
    request.context = Number(choices.context);
  }
  if (choices.offload.trim()) {
    request.offload = Math.round(Number(choices.offload) * GIB);
  }
  const defaults = defaultsOf(choices);
  if (Object.keys(defaults).length > 0) {
    request.defaults = defaults;
  }
  if (release !== null) {
    request.release_after = release;
  }
  if (idle !== null) {
    request.release_idle = idle;
  }
  return request;
}

function defaultsOf(choices: IChoices): ReplyDefaults {
  const { system, temperature, topP, maxTokens } = choices;
  return {
    ...(system.trim() ? { system } : {}),
    ...(temperature.trim() ? { temperature: Number(temperature) } : {}),
    ...(topP.trim() ? { top_p: Number(topP) } : {}),
    ...(maxTokens.trim() ? { max_tokens: Number(maxTokens) } : {})
  };
}

function isQuantized(precision: string): precision is Quantize {
  return precision === '8bit' || precision === '4bit';
}

/**
 * Whether enough was chosen to ask the server.
 */
export function isComplete(choices: IChoices): boolean {
  return choices.model.trim() !== '';
}

/**
 * The choices that would make a job like this one.
 */
export function choicesOf(job: Job): IChoices {
  return {
    ...FRESH,
    model: job.model_name ? uriOf(job) : job.model,
    version: job.version ?? '',
    handler: job.handler,
    resource: job.resource,
    // What was chosen for it is known only once its weights are here.
    engine: job.engine,
    precision: job.quantize ?? dtypeOf(job),
    release: job.release_after ?? 0,
    idle: job.release_idle ?? 0,
    context: job.context === null ? '' : String(job.context),
    adapter: job.adapter ?? '',
    offload: job.offload === null ? '' : String(job.offload / GIB),
    system: job.defaults?.system ?? '',
    temperature: shown(job.defaults?.temperature),
    topP: shown(job.defaults?.top_p),
    maxTokens: shown(job.defaults?.max_tokens),
    name: hasEnded(job) ? job.name : '',
    project: job.project,
    comment: job.comment
  };
}

function shown(value: number | null | undefined): string {
  return String(value ?? '');
}

/**
 * The model of the list that a text means: by its name or its URI.
 */
export function infoOf(
  models: ModelInfo[],
  model: string
): ModelInfo | undefined {
  const text = model.trim();
  return models.find(({ name, uri }) => name === text || uri === text);
}

/**
 * A job's `dtype` where it can be asked for: a GGUF's own, such as `Q8_0`, comes with the file.
 */
function dtypeOf(job: Job): string {
  return DTYPES.includes(job.dtype) ? job.dtype : 'auto';
}

/**
 * A job's model without its version, as a request names it.
 */
function uriOf(job: Job): string {
  const { model, version } = job;
  return version !== null && model.endsWith(`/${version}`)
    ? model.slice(0, -version.length - 1)
    : model;
}
