import type { TranslationBundle } from '@jupyterlab/translation';

import { formatBytes, formatDuration, formatTime } from '../format';
import { notebookName } from '../jobs/notebook';
import { hasEnded, isServed, memoryOf } from '../jobs/state';
import { placeOf, stateWord, versionWord } from '../jobs/words';
import { formatCount, formatDate, formatList, MOMENT } from '../locale';
import type { Job, KvUse } from '../schema';

/**
 * One thing to know of a job.
 */
export interface IFact {
  label: string;
  text: string;

  /** More of it, for who asks. */
  title?: string;

  /** Id of another job that it names. */
  job?: string;

  /** The notebook that it names, as the job tells of it. */
  notebook?: string;
}

/**
 * Things to know under a heading.
 */
export interface IFacts {
  title: string;
  facts: IFact[];
}

type Rows = (false | null | undefined | IFact)[];

/**
 * All there is to know of a job, in the words of the panel; what does not apply is left out.
 */
export function factsOf(
  job: Job,
  now: number,
  trans: TranslationBundle
): IFacts[] {
  return [
    { title: trans.__('What runs'), facts: kept(model(job, trans)) },
    { title: trans.__('Its time'), facts: kept(time(job, now, trans)) },
    { title: trans.__('What it uses'), facts: kept(usage(job, trans)) },
    { title: trans.__('Its latest replies'), facts: kept(replies(job, trans)) }
  ].filter(group => group.facts.length > 0);
}

function kept(rows: Rows): IFact[] {
  return rows.filter(row => !!row).filter(({ text }) => text !== '');
}

function model(job: Job, trans: TranslationBundle): Rows {
  const { context, quantize, dtype, offload, defaults } = job;
  return [
    { label: trans.__('Model'), text: job.model_name, title: job.model },
    {
      label: trans.__('Version'),
      text: versionWord(job),
      title: job.version ?? ''
    },
    { label: trans.__('Handler'), text: job.handler },
    { label: trans.__('Resource'), text: job.resource },
    { label: trans.__('Runtime'), text: job.runtime },
    { label: trans.__('Engine'), text: job.engine },
    {
      label: trans.__('Precision'),
      text: quantize
        ? trans.__('%1, computed in %2', quantize, dtype)
        : job.dtype
    },
    { label: trans.__('Adapter'), text: job.adapter ?? '' },
    context !== null && {
      label: trans.__('Context'),
      text: trans.__('%1 tokens', formatCount(context))
    },
    defaults !== null && {
      label: trans.__('Replies'),
      text: [
        defaults.system && trans.__('system prompt'),
        typeof defaults.temperature === 'number' &&
          trans.__('temperature %1', defaults.temperature),
        typeof defaults.top_p === 'number' &&
          trans.__('top p %1', defaults.top_p),
        typeof defaults.max_tokens === 'number' &&
          trans.__('at most %1 tokens', formatCount(defaults.max_tokens))
      ]
        .filter(Boolean)
        .join(', '),
      title: defaults.system ?? ''
    },
    offload !== null && {
      label: trans.__('Offloaded'),
      text: trans.__('%1 in the main memory', formatBytes(offload))
    },
    {
      label: trans.__('Lives in'),
      text: isServed(job)
        ? trans.__('a worker of this server')
        : trans.__('a kernel')
    },
    { label: trans.__('Project'), text: job.project },
    { label: trans.__('Comment'), text: job.comment }
  ];
}

function time(job: Job, now: number, trans: TranslationBundle): Rows {
  const { phases, owner, release_after, release_idle, rerun_of } = job;
  const moment = (label: string, at: number | null): IFact | null =>
    at === null
      ? null
      : {
          label,
          text: formatTime(at, now),
          title: formatDate(at * 1000, MOMENT)
        };
  const lasted = (label: string, seconds: number | null): IFact | null =>
    seconds === null ? null : { label, text: tookWord(seconds, trans) };
  const live = !hasEnded(job);
  const end = job.ended_at ?? now;
  const ran =
    job.ran_before +
    (job.running_at === null ? 0 : Math.max(0, end - job.running_at));
  const clocks = [
    release_after && trans.__('after %1', formatDuration(release_after, trans)),
    release_idle &&
      trans.__('when idle for %1', formatDuration(release_idle, trans))
  ].filter(text => typeof text === 'string');
  return [
    { label: trans.__('State'), text: stateWord(job.state, trans) },
    job.position !== null && {
      label: trans.__('Place in the queue'),
      text: String(job.position)
    },
    moment(trans.__('Asked for'), job.created_at),
    {
      label: trans.__('Asked by'),
      text: [nameOf(owner.user), owner.client].filter(Boolean).join(', ')
    },
    owner.notebook !== null && {
      label: trans.__('Notebook'),
      text: notebookName(owner.notebook),
      notebook: owner.notebook
    },
    rerun_of !== null && {
      label: trans.__('Repeats'),
      text: rerun_of,
      job: rerun_of
    },
    lasted(trans.__('Fetching took'), phases.fetching),
    lasted(trans.__('Waiting took'), phases.queued),
    lasted(trans.__('Loading took'), phases.loading),
    moment(trans.__('Running since'), live ? job.running_at : null),
    ran > 0 &&
      (live && job.ran_before === 0
        ? null
        : { label: trans.__('Ran'), text: formatDuration(ran, trans) }),
    moment(trans._p('moment', 'Paused'), job.paused_at),
    moment(trans.__('Idle since'), live ? job.idle_since : null),
    {
      label: trans.__('Auto-release'),
      text: clocks.length > 0 ? formatList(clocks) : trans.__('never')
    },
    moment(trans.__('Released at'), live ? job.release_at : null),
    moment(trans._p('moment', 'Ended'), job.ended_at)
  ];
}

function usage(job: Job, trans: TranslationBundle): Rows {
  const { metrics, grant, pid } = job;
  const memory = memoryOf(job);
  return [
    ...grant.map(each => ({
      label: trans.__('Granted on %1', placeOf(each, trans)),
      text: formatBytes(each.bytes)
    })),
    memory !== null && {
      label: trans.__('Memory held'),
      text: formatBytes(memory)
    },
    metrics.kv && {
      label: trans.__('KV cache'),
      text: kvWord(metrics.kv, trans),
      title: trans.__(
        'What running replies hold; what is kept of earlier ones makes room when it is needed'
      )
    },
    {
      label: trans.__('Requests'),
      text: formatCount(metrics.requests)
    },
    {
      label: trans.__('Tokens read'),
      text: formatCount(metrics.prompt_tokens)
    },
    {
      label: trans.__('Tokens written'),
      text: formatCount(metrics.completion_tokens)
    },
    pid !== null && { label: trans.__('Process'), text: String(pid) },
    { label: trans.__('Job'), text: job.id }
  ];
}

function replies(job: Job, trans: TranslationBundle): Rows {
  const { replies: count, ...mean } = job.metrics.averages;
  if (count === 0) {
    return [];
  }
  const told = (
    label: string,
    value: number | null,
    text: (value: number) => string
  ): IFact | null => (value === null ? null : { label, text: text(value) });
  const short = (value: number): string => trans.__('%1 s', value.toFixed(2));
  const rate = (value: number): string =>
    trans.__('%1 tok/s', value < 10 ? value.toFixed(1) : Math.round(value));
  return [
    { label: trans.__('Averages of'), text: formatCount(count) },
    told(trans.__('Waited'), mean.queue, short),
    told(trans.__('First token after'), mean.first_token, short),
    told(trans.__('Wrote with'), mean.tokens_per_second, rate),
    told(trans.__('Read with'), mean.prefill_tokens_per_second, rate),
    told(trans.__('Reused of prompts'), mean.reused, share =>
      trans.__('%1 %', Math.round(share * 100))
    )
  ];
}

function kvWord(kv: KvUse, trans: TranslationBundle): string {
  const share = Math.round(kv.share * 100);
  return kv.tokens === null || kv.capacity === null
    ? trans.__('%1 %', share)
    : trans.__(
        '%1 of %2 tokens (%3 %)',
        formatCount(kv.tokens),
        formatCount(kv.capacity),
        share
      );
}

/** A phase's length: tenths matter while it is short. */
function tookWord(seconds: number, trans: TranslationBundle): string {
  return seconds < 10
    ? trans.__('%1 s', seconds.toFixed(1))
    : formatDuration(seconds, trans);
}

/** Jupyter's name for who has only a token is an id that tells nobody anything. */
function nameOf(user: string): string {
  return /^[0-9a-f]{32}$/.test(user) ? '' : user;
}
