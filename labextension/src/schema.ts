/* Generated from jupyter_sw/schemas by `npm run generate`: change it there. */

/**
 * Where a turn is.
 */
export type TurnState =
  'running' | 'done' | 'stopped' | 'failed' | 'interrupted';
/**
 * The family of a device, which decides how a worker is pointed at it.
 */
export type DeviceKind = 'cuda' | 'rocm' | 'mps' | 'cpu';
/**
 * Whether a job gets its memory.
 */
export type Fit = 'now' | 'later' | 'never';
/**
 * Who computes.
 */
export type Engine =
  | 'auto'
  | 'transformers'
  | 'llamacpp'
  | 'vllm'
  | 'sglang'
  | 'llama-server'
  | 'openai_server';
/**
 * What a job does with its model.
 */
export type Handler = 'chatbot' | 'completion' | 'embedding';
/**
 * Where a model lives: behind the server, in a worker, or in the kernel that asked for it.
 */
export type JobKind = 'served' | 'kernel';
/**
 * Of how many bits the weights of linear layers are made while a model is loaded.
 */
export type Quantize = '8bit' | '4bit';
/**
 * Where a job is; the legal moves are in `jobs.states`.
 */
export type JobState =
  | 'fetching'
  | 'queued'
  | 'loading'
  | 'running'
  | 'paused'
  | 'cancelling'
  | 'succeeded'
  | 'cancelled'
  | 'released'
  | 'failed';
/**
 * How the weights lie on disk.
 */
export type WeightsFormat = 'safetensors' | 'gguf' | 'pickle' | 'adapter';

/**
 * A conversation, without its turns.
 */
export interface Chat {
  created_at: number;
  id: string;
  job: string;
  model_name: string;
  name: string;
  params: SamplingParams;
  system: string;
  turn_count: number;
  updated_at: number;
}
/**
 * How the next token is chosen; None leaves it to the model's own defaults.
 */
export interface SamplingParams {
  max_tokens?: number | null;
  seed?: number | null;
  stop?: string[] | null;
  temperature?: number | null;
  /**
   * 0 switches it off.
   */
  top_k?: number | null;
  top_p?: number | null;
}
/**
 * A conversation with its turns, oldest first.
 */
export interface ChatDetail {
  created_at: number;
  id: string;
  job: string;
  model_name: string;
  name: string;
  params: SamplingParams;
  system: string;
  turn_count: number;
  turns: Turn[];
  updated_at: number;
}
/**
 * One exchange: what the person said and what the model answered.
 */
export interface Turn {
  content: string;
  /**
   * Older turns the model did not see.
   */
  context_trimmed: number;
  created_at: number;
  ended_at: number | null;
  /**
   * message, reason, hint.
   */
  error: {
    [k: string]: string;
  } | null;
  /**
   * `stop`, `length` or `cancelled`.
   */
  finish_reason: string | null;
  /**
   * Place in the chat, from 0.
   */
  n: number;
  params: SamplingParams;
  reply: string;
  state: TurnState;
  timings: Timings | null;
  usage: Usage | null;
}
/**
 * Where the seconds of a reply went, and over how many tokens; null is what nobody told.
 */
export interface Timings {
  completion_tokens: number | null;
  /**
   * From request to first token; null for a whole answer of a server behind.
   */
  first_token: number | null;
  /**
   * Seconds for each token after the first.
   */
  per_token: number | null;
  /**
   * From the place to first token; behind a server, what the server told.
   */
  prefill: number | null;
  prompt_tokens: number | null;
  /**
   * From request to a place in the batch; null behind a server.
   */
  queue: number | null;
  /**
   * Of the prompt, found in the cache; null where the engine does not tell.
   */
  reused_tokens: number | null;
  /**
   * After the first token.
   */
  tokens_per_second: number | null;
  total: number | null;
}
/**
 * Tokens in and out.
 */
export interface Usage {
  completion_tokens: number;
  prompt_tokens: number;
  prompt_tokens_details: PromptDetails | null;
  total_tokens: number;
}
/**
 * OpenAI's `prompt_tokens_details`.
 */
export interface PromptDetails {
  /**
   * Found in the cache, not computed again.
   */
  cached_tokens: number;
}
/**
 * What may be changed of a chat; a field left out stays.
 */
export interface ChatPatch {
  name?: string | null;
  params?: SamplingParams | null;
  system?: string | null;
}
/**
 * What a chat starts from. One of `job` and `model`; neither means the newest running job.
 *
 * With `turns` it goes on from there: a branch, a copy on another model, an import. Such a chat
 * may be made while its job is still on the way.
 */
export interface ChatRequest {
  job?: string | null;
  model?: string | null;
  name?: string;
  params?: SamplingParams | null;
  system?: string;
  turns?: PastTurn[];
}
/**
 * A turn that a new chat begins with: of another chat, or of a file.
 */
export interface PastTurn {
  content: string;
  created_at?: number | null;
  ended_at?: number | null;
  finish_reason?: string | null;
  params?: SamplingParams;
  reply?: string;
  state?: TurnState;
  timings?: Timings | null;
  usage?: Usage | null;
}
/**
 * Conversations, most recently used first.
 */
export interface Chats {
  chats: Chat[];
}
/**
 * One device with its memory at a moment.
 */
export interface Device {
  /**
   * CUDA compute capability.
   */
  capability: [number, number] | null;
  /**
   * Bytes a new job could be granted: min(driver, total - grants).
   */
  free: number;
  holders: Holder[];
  /**
   * `cpu`, `cuda:0`, `mps`.
   */
  id: string;
  /**
   * The driver's index of a GPU.
   */
  index: number | null;
  kind: DeviceKind;
  /**
   * As people read it: `A100 80G`, `CPU`.
   */
  label: string;
  /**
   * As the driver names it.
   */
  name: string;
  /**
   * True when it exists by configuration only.
   */
  simulated: boolean;
  /**
   * Bytes the device has.
   */
  total: number;
  /**
   * Share of time busy, 0 to 1.
   */
  utilization: number | null;
  /**
   * The driver's name that survives renumbering.
   */
  uuid: string | null;
}
/**
 * Who holds memory on a device.
 */
export interface Holder {
  bytes: number;
  /**
   * Job id; null for programs that are not ours.
   */
  job: string | null;
  /**
   * The job's name, or `others`.
   */
  name: string;
  /**
   * When it comes back: `is released in 12 min`.
   */
  until: string;
}
/**
 * Whether one device would do, all by itself.
 */
export interface DeviceFit {
  /**
   * It is the one, or one of those, that the job would get now.
   */
  chosen: boolean;
  device: string;
  fit: Fit;
  /**
   * Bytes a new job could be granted.
   */
  free: number;
  kind: DeviceKind;
  label: string;
  simulated: boolean;
  /**
   * Bytes.
   */
  total: number;
}
/**
 * All devices of this machine.
 */
export interface Devices {
  devices: Device[];
  /**
   * Why GPUs may be missing, e.g. the driver's error.
   */
  note: string;
}
/**
 * Whether an engine can be used here.
 */
export interface EngineAvailability {
  /**
   * How to get it.
   */
  hint: string;
  name: string;
  /**
   * Null when the library is not installed.
   */
  version: string | null;
}
/**
 * The body of every error response.
 */
export interface ErrorBody {
  hint: string;
  message: string;
  reason: string;
}
/**
 * Memory a job may use on one device.
 */
export interface Grant {
  bytes: number;
  device: string;
  /**
   * The device is pretended; see `devices`.
   */
  simulated: boolean;
}
/**
 * One run of a handler, as everybody sees it.
 */
export interface Job {
  adapter: string | null;
  comment: string;
  context: number | null;
  created_at: number;
  defaults: ReplyDefaults | null;
  /**
   * Deleted; not listed, and can be restored for a while.
   */
  deleted_at: number | null;
  dtype: string;
  ended_at: number | null;
  engine: Engine;
  grant: Grant[];
  handler: Handler;
  /**
   * What to do about it.
   */
  hint: string;
  id: string;
  /**
   * End of the last activity; null while busy.
   */
  idle_since: number | null;
  kind: JobKind;
  metrics: JobMetrics;
  /**
   * Canonical model URI, with version once it is known.
   */
  model: string;
  model_name: string;
  name: string;
  /**
   * Bytes kept in the CPU's memory.
   */
  offload: number | null;
  owner: Owner;
  paused_at: number | null;
  phases: PhaseSeconds;
  /**
   * Process id of the worker while it lives.
   */
  pid: number | null;
  /**
   * Listed first, and kept however many jobs have ended since.
   */
  pinned: boolean;
  /**
   * Place in the queue; 1 is next.
   */
  position: number | null;
  progress: Progress | null;
  project: string;
  quantize: Quantize | null;
  /**
   * Seconds it ran before its last pause; `release_after` counts them.
   */
  ran_before: number;
  /**
   * Why it is in this state, for people.
   */
  reason: string;
  /**
   * Seconds; null is never.
   */
  release_after: number | null;
  /**
   * When it is released, as of now.
   */
  release_at: number | null;
  /**
   * Seconds; null is never.
   */
  release_idle: number | null;
  /**
   * Id of the job it repeats.
   */
  rerun_of: string | null;
  resource: string;
  /**
   * Since when it runs, or last ran; null while it is paused and queued again.
   */
  running_at: number | null;
  runtime: string;
  /**
   * Grows with every change of this job.
   */
  seq: number;
  state: JobState;
  tags: string[];
  version: string | null;
}
/**
 * What a reply gets where a request for it does not say; None leaves it to the model.
 */
export interface ReplyDefaults {
  /**
   * Of a reply, at most.
   */
  max_tokens?: number | null;
  /**
   * System prompt of conversations that bring none.
   */
  system?: string | null;
  temperature?: number | null;
  top_p?: number | null;
}
/**
 * What a running job does, as its worker last told.
 */
export interface JobMetrics {
  averages: ReplyAverages;
  completion_tokens: number;
  /**
   * Null where the engine does not tell.
   */
  kv: KvUse | null;
  /**
   * Bytes the worker holds now.
   */
  memory: number | null;
  prompt_tokens: number;
  requests: number;
  /**
   * Requests generating.
   */
  running: number;
  /**
   * Of the last seconds, all replies together.
   */
  tokens_per_second: number | null;
  /**
   * Requests waiting for a place.
   */
  waiting: number;
}
/**
 * The last 50 replies of a job, put together; null where none of them told.
 */
export interface ReplyAverages {
  /**
   * Mean seconds to first token.
   */
  first_token: number | null;
  /**
   * Mean seconds for each token after the first.
   */
  per_token: number | null;
  /**
   * Tokens of the prompts computed in a second of prefill.
   */
  prefill_tokens_per_second: number | null;
  /**
   * Mean seconds before their place.
   */
  queue: number | null;
  /**
   * How many these are.
   */
  replies: number;
  /**
   * Share of the prompts' tokens found in the cache, 0 to 1.
   */
  reused: number | null;
  /**
   * Of one reply, by that.
   */
  tokens_per_second: number | null;
}
/**
 * The KV cache, as far as running replies fill it.
 *
 * What is kept of earlier replies does not count: it makes room when that is needed.
 */
export interface KvUse {
  /**
   * Tokens that fit.
   */
  capacity: number | null;
  /**
   * Of the whole cache, 0 to 1.
   */
  share: number;
  /**
   * Null where only the share is told.
   */
  tokens: number | null;
}
/**
 * Who asked for a job, and from where.
 */
export interface Owner {
  /**
   * `notebook`, `terminal`, `lab` or `api`.
   */
  client: string;
  /**
   * Path of the notebook, if known.
   */
  notebook: string | null;
  user: string;
}
/**
 * How long each phase took; null for one that has not ended.
 */
export interface PhaseSeconds {
  fetching: number | null;
  loading: number | null;
  queued: number | null;
}
/**
 * How far a job is on its way to running.
 */
export interface Progress {
  /**
   * For people: bytes, speed, what is waited for.
   */
  detail: string;
  /**
   * 0 to 1; null when it is not known.
   */
  fraction: number | null;
  /**
   * `download`, `queue`, `start`, `import`, `weights`, `warm up`…
   */
  stage: string;
}
/**
 * How a person would ask for the same job again.
 */
export interface JobCommand {
  /**
   * The line of a notebook cell.
   */
  command: string;
}
/**
 * What would become of a job: who computes, what it takes, where it fits, when it ends.
 */
export interface JobEstimate {
  /**
   * The line that runs it from a notebook cell.
   */
  command: string;
  /**
   * Tokens; null while it is not known.
   */
  context: number | null;
  /**
   * Every device of this machine.
   */
  devices: DeviceFit[];
  /**
   * Bytes to download; 0 when all is here, null when not known.
   */
  download: number | null;
  engine: Engine;
  /**
   * Read from the weights, not estimated; else it may need more.
   */
  exact: boolean;
  fit: Fit;
  handler: Handler;
  hint: string;
  /**
   * Corrected by what such a job held before.
   */
  measured: boolean;
  /**
   * Why it does not fit now, for people.
   */
  message: string;
  /**
   * `owner/project/name`.
   */
  model: string;
  name: string;
  /**
   * Bytes of memory on all its devices together.
   */
  need: number;
  /**
   * Of what `need` is the sum.
   */
  parts: MemoryNeed | null;
  /**
   * The precisions the engine can load it in, if any.
   */
  precisions: PrecisionFit[];
  /**
   * Seconds; null is never.
   */
  release_after: number | null;
  /**
   * Seconds; null is never.
   */
  release_idle: number | null;
  /**
   * Null while it is not known.
   */
  version: string | null;
}
/**
 * Bytes a model needs while it runs, by part. `exact` when read from headers, not guessed.
 */
export interface MemoryNeed {
  context: number;
  dtype: string;
  exact: boolean;
  kv_cache: number;
  /**
   * Of the weights, what stays in the CPU's memory; not in `weights`.
   */
  offload: number;
  overhead: number;
  quantize: Quantize | null;
  /**
   * Sequences that may generate at once.
   */
  slots: number;
  weights: number;
}
/**
 * What another precision would take.
 */
export interface PrecisionFit {
  /**
   * Where it would be put now.
   */
  devices: string[];
  dtype: string;
  fit: Fit;
  /**
   * Bytes.
   */
  need: number;
  quantize: Quantize | null;
}
/**
 * One line of a job's timeline.
 */
export interface JobEvent {
  /**
   * Who or what did it: `user`, `release clock`, `idle clock`, `worker`, `device` or `server`.
   */
  cause: string;
  job: string;
  /**
   * `state`, `grant`, `changed`, `extension`, `warning`, `error` or `deleted`.
   */
  kind: string;
  message: string;
  state: JobState;
  time: number;
}
/**
 * A job's timeline, oldest first.
 */
export interface JobEvents {
  events: JobEvent[];
}
/**
 * What the event bus and the follow stream carry: a job as it is after a change.
 *
 * `event` is null when only progress or metrics moved.
 */
export interface JobNews {
  event: JobEvent | null;
  job: Job;
  now: number;
}
/**
 * What may be changed: clocks while a job lives, the rest always. A field left out stays.
 *
 * A duration of 0 means never.
 */
export interface JobPatch {
  comment?: string | null;
  /**
   * Seconds to put the release off by, or as far as the server lets a job run; in place of the clocks.
   */
  extend?: number | null;
  name?: string | null;
  pinned?: boolean | null;
  project?: string | null;
  release_after?: number | null;
  release_idle?: number | null;
}
/**
 * What a person chooses when they run a model. A duration of 0 means never.
 */
export interface JobRequest {
  /**
   * A LoRA adapter: a directory, or `hf://org/repo[@revision]`.
   */
  adapter?: string | null;
  comment?: string;
  context?: number | null;
  defaults?: ReplyDefaults | null;
  dtype?: string;
  engine?: Engine;
  /**
   * `evaluation:chatbot` is `chatbot`.
   */
  handler?: string | null;
  kind?: JobKind;
  model: string;
  name?: string | null;
  /**
   * Bytes of the weights to keep in the CPU's memory, not a GPU's.
   */
  offload?: number | null;
  owner?: Owner | null;
  project?: string;
  /**
   * Make linear layers smaller while loading; `dtype` computes.
   */
  quantize?: Quantize | null;
  /**
   * Seconds from running; 0 never.
   */
  release_after?: number | null;
  /**
   * Seconds of no activity; 0 never.
   */
  release_idle?: number | null;
  resource?: string;
  runtime?: string;
  version?: string | null;
}
/**
 * The jobs, pinned ones first, then the newest, and the server's clock for countdowns.
 */
export interface Jobs {
  jobs: Job[];
  now: number;
}
/**
 * A piece of a job's log; `offset` (bytes) is where to go on.
 */
export interface LogText {
  offset: number;
  text: string;
}
/**
 * A model with what it needs in memory at several precisions.
 */
export interface ModelDetail {
  context: number | null;
  description: string;
  /**
   * The default that needs no hub.
   */
  embedded: boolean;
  family: string;
  gated: boolean;
  handlers: Handler[];
  license: string;
  license_url: string;
  name: string;
  needs: MemoryNeed[];
  parameters: number | null;
  recommended_resources: string[];
  /**
   * Where its weights come from, for people.
   */
  source: string;
  title: string;
  /**
   * `owner/project/name`, without a version.
   */
  uri: string;
  versions: ModelVersion[];
}
/**
 * Content of a model: a hub commit or a hash.
 */
export interface ModelVersion {
  /**
   * Size on disk or to download, if known.
   */
  bytes: number | null;
  /**
   * Its files are on this machine, complete.
   */
  cached: boolean;
  format: WeightsFormat;
  /**
   * First eight characters, as shown.
   */
  short: string;
  tags: string[];
  /**
   * Full version; `latest` until it was fetched once.
   */
  version: string;
}
/**
 * A model as the catalog and the registry know it.
 */
export interface ModelInfo {
  context: number | null;
  description: string;
  /**
   * The default that needs no hub.
   */
  embedded: boolean;
  family: string;
  gated: boolean;
  handlers: Handler[];
  license: string;
  license_url: string;
  name: string;
  parameters: number | null;
  recommended_resources: string[];
  /**
   * Where its weights come from, for people.
   */
  source: string;
  title: string;
  /**
   * `owner/project/name`, without a version.
   */
  uri: string;
  versions: ModelVersion[];
}
/**
 * The list of models.
 */
export interface Models {
  /**
   * Name of the model that runs when none is named.
   */
  default: string;
  models: ModelInfo[];
}
/**
 * A named group of jobs.
 */
export interface Project {
  jobs: number;
  name: string;
}
/**
 * All projects.
 */
export interface Projects {
  projects: Project[];
}
/**
 * A process that waits for a job with its engine's library imported; it holds no model.
 */
export interface StandbyWorker {
  engine: Engine;
  /**
   * Bytes of main memory it holds.
   */
  memory: number;
  pid: number;
  /**
   * False while it imports.
   */
  ready: boolean;
}
/**
 * What a server says of itself.
 */
export interface Status {
  default_model: string;
  default_release_after: number | null;
  default_release_idle: number | null;
  engines: EngineAvailability[];
  live_jobs: number;
  /**
   * No job may run longer; seconds, null is no bound.
   */
  max_release_after: number | null;
  /**
   * What a person should know about this server.
   */
  notices: string[];
  now: number;
  /**
   * Started by a client for want of a Jupyter Server.
   */
  private: boolean;
  /**
   * Directory on its disk that its files are in; empty when it has none.
   */
  root_dir: string;
  /**
   * Differs between servers and between starts.
   */
  server_id: string;
  /**
   * Workers that the next jobs need not wait for.
   */
  standby: StandbyWorker[];
  version: string;
}
/**
 * What was added to a reply. `offset` is where it ends: resume from there.
 */
export interface TurnDelta {
  offset: number;
  text: string;
}
/**
 * What a person says next.
 */
export interface TurnRequest {
  content: string;
  /**
   * Over the chat's own.
   */
  params?: SamplingParams | null;
  /**
   * Drop this turn and those after it first: regenerate, edit.
   */
  replace?: number | null;
}
