/**
 * The chat panel. The server keeps the conversation, the kernel renders it; this is a view of it.
 *
 * What must work while a cell runs (send, stop, extend…) goes straight to the Jupyter server of
 * this page where that is the one that keeps the chat. Elsewhere the kernel passes it on.
 *
 * @typedef {{n: number, content: string, text: string, blocks: string[], note: string,
 *   state: string}} Turn
 * @typedef {(method: string, path: string, body?: object) => Promise<Response>} Call
 */

const KERNEL_PATIENCE = 1000; // ms without news of a turn, then the page reads it itself

const pageConfig = () =>
  JSON.parse(
    document.getElementById('jupyter-config-data')?.textContent || '{}'
  );

/** What our catalog has for JupyterLab's language; nothing for English, and outside of JupyterLab. */
async function learn() {
  const language = document.documentElement.lang.replace('-', '_');
  const url = pageConfig().fullTranslationsApiUrl;
  if (!url || !language || language.startsWith('en')) return {};
  const { token } = pageConfig();
  const headers = token ? { Authorization: `token ${token}` } : {};
  const answer = await fetch(`${url.replace(/\/$/, '')}/${language}`, {
    headers
  });
  return (await answer.json()).data.jupyter_sw ?? {};
}

let words = {};
const learnt = learn()
  .then(known => (words = known))
  .catch(() => {});

const inWords = (text, ...args) =>
  (words[text]?.[0] ?? text).replace(/%(\d)/g, (_, n) => args[n - 1]);

const trans = { __: inWords };

/** The kernel's words, such as `23 tokens · 79 tok/s`, whose figures are the same everywhere. */
const told = note =>
  note
    .split(' · ')
    .map(part => {
      const figures = [];
      const text = part.replace(/\d[\d.]*/g, n => `%${figures.push(n)}`);
      return words[text] ? inWords(text, ...figures) : part;
    })
    .join(' · ');

/** @returns {HTMLElement} */
function make(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  if (tag === 'button') node.type = tag;
  for (const [name, value] of Object.entries(props)) {
    if (name.includes('-') || name === 'role') node.setAttribute(name, value);
    else node[name] = value;
  }
  node.append(...children);
  return node;
}

/**
 * The page's own Jupyter server, if it is the one that keeps the chat.
 *
 * @param {string} serverId
 * @param {(now: number) => void} onTime
 * @returns {Promise<Call | null>}
 */
async function pageServer(serverId, onTime) {
  const config = pageConfig();
  if (!config.baseUrl) return null;
  const api = new URL(
    'jupyter-sw/api/',
    new URL(config.baseUrl, location.href)
  );
  /** @type {Call} */
  const call = async (method, path, body) => {
    const headers = { 'Content-Type': 'application/json' };
    const xsrf = document.cookie.match(/(?:^|; )_xsrf=([^;]+)/);
    if (xsrf) headers['X-XSRFToken'] = xsrf[1];
    if (config.token) headers.Authorization = `token ${config.token}`;
    const answer = await fetch(new URL(path, api), {
      method,
      headers,
      credentials: 'same-origin',
      body: body && JSON.stringify(body)
    });
    if (answer.ok) return answer;
    const said = await answer.json().catch(() => ({}));
    throw new Error(
      [said.message || answer.statusText, said.hint].filter(Boolean).join(' ')
    );
  };
  try {
    const status = await (await call('GET', 'status')).json();
    if (status.server_id !== serverId) return null;
    onTime(status.now);
    return call;
  } catch {
    return null;
  }
}

/** Yield a turn's text from the server, as it comes. */
async function* read(call, path) {
  const reader = (await call('GET', path)).body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const parts = (rest + decoder.decode(value, { stream: true })).split(
      '\n\n'
    );
    rest = parts.pop();
    for (const part of parts) {
      const data = part.match(/^event: delta\ndata: (.*)$/m);
      if (data) yield JSON.parse(data[1]).text;
    }
  }
}

/** Seconds by which a click may put the release off: no job runs longer than `longest`. */
function spare({ longest, release_at, running_at, ran_before }) {
  if (!longest || !release_at) return 900;
  const most = running_at - ran_before + longest - release_at;
  return most < 5 ? 0 : Math.min(most, 900);
}

function timeLeft(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  const pad = n => String(n).padStart(2, '0');
  const [h, m] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return `${h ? `${h}:${pad(m)}` : m}:${pad(whole % 60)}`;
}

async function render({ model, el }) {
  await learnt;
  const chat = () => model.get('chat');
  let ahead = 0; // seconds by which the server's clock is ahead of this page's
  const onTime = now => (ahead = now - Date.now() / 1000);
  /** @type {Promise<Call | null>} */
  const server = pageServer(model.get('server_id'), onTime);
  // A saved notebook has nobody to ask.
  server.then(call => call || model.send({ kind: 'clock' })).catch(() => {});
  let heard = 0; // when the kernel last said something of the running turn
  let pending = null; // a turn that the page started and the kernel has not spoken of yet

  // What there is to see

  const state = make('span', { className: 'sw-state' });
  const left = make('span', { className: 'sw-quiet' });
  const more = make('button');
  const clear = make('button', {
    textContent: trans.__('Clear'),
    title: trans.__('Forget all turns')
  });
  const field = (name, label, kind, props = {}) =>
    make('label', {}, `${label} `, make(kind, { name, ...props }));
  const number = (name, label, step, max) =>
    field(name, label, 'input', {
      type: 'number',
      min: 0,
      step,
      max,
      placeholder: trans.__('auto')
    });
  const settings = make(
    'details',
    { className: 'sw-settings' },
    make('summary', { textContent: trans.__('Settings') }),
    field('system', trans.__('System prompt'), 'textarea', {
      rows: 2,
      'data-lm-suppress-shortcuts': 'true'
    }),
    number('temperature', trans.__('Temperature'), 0.1, 2),
    number('top_p', trans.__('Top p'), 0.05, 1),
    number('max_tokens', trans.__('Longest reply (tokens)'), 1),
    number('seed', trans.__('Seed'), 1)
  );
  const log = make('div', {
    className: 'sw-log',
    role: 'log',
    tabIndex: 0,
    'aria-label': trans.__('Conversation'),
    'aria-live': 'off'
  });
  const said = make('span', { role: 'status' });
  const act = make('button');
  const notice = make('div', { className: 'sw-notice' }, said, act);
  const problem = make('div', { className: 'sw-problem', role: 'alert' });
  const spoken = make('div', {
    className: 'sw-spoken',
    role: 'status',
    'aria-live': 'polite'
  });
  const input = make('textarea', {
    rows: 1,
    'aria-label': trans.__('Message'),
    'data-lm-suppress-shortcuts': 'true', // JupyterLab's Shift+Enter would run the cell
    placeholder: trans.__(
      'Message (Enter sends, Shift+Enter for a new line)'
    )
  });
  const button = make('button', { className: 'sw-go' });
  el.replaceChildren(
    // The transcript below is for readers without a kernel.
    make('style', { textContent: `.sw-transcript-${chat().id}{display:none}` }),
    make(
      'section',
      {
        className: 'jp-sw sw-panel',
        'aria-label': trans.__('Chat with %1', chat().model_name)
      },
      make(
        'header',
        {},
        make('b', { textContent: chat().model_name }),
        state,
        left,
        more,
        clear
      ),
      settings,
      log,
      notice,
      problem,
      make('footer', {}, input, button),
      spoken
    )
  );

  // Drawing

  let liveNode = null;
  let liveTurn = -1;
  const running = () => pending !== null || model.get('live').n !== undefined;
  const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  const following = change => {
    const follow = atEnd();
    change();
    if (follow) log.scrollTop = log.scrollHeight;
  };

  /** Put blocks in the place of those from `from` on. */
  function put(node, from, blocks) {
    while (node.children.length > from) node.lastChild.remove();
    for (const html of blocks) node.append(make('div', { innerHTML: html }));
  }

  function bubble(turn, isLast) {
    const reply = make('div', { className: 'sw-reply' });
    put(reply, 0, turn.blocks || []);
    const foot = make('div', { className: 'sw-quiet' }, told(turn.note || ''));
    if (turn.text) {
      const copy = make('button', { textContent: trans.__('Copy') });
      copy.onclick = async () => {
        await navigator.clipboard.writeText(turn.text);
        copy.textContent = trans.__('Copied');
      };
      foot.append(copy);
    }
    if (isLast) {
      const again = make('button', { textContent: trans.__('Regenerate') });
      again.onclick = () => say(turn.content, turn.n);
      foot.append(again);
    }
    const said = make('div', {
      className: 'sw-said',
      textContent: turn.content
    });
    const answer = make('article', { 'aria-label': trans.__('Answer') }, reply, foot);
    if (turn.state === 'failed') answer.className = 'sw-failed';
    return make('div', {}, said, answer);
  }

  function draw() {
    following(() => {
      const live = pending || model.get('live');
      const turns = model.get('turns').filter(t => !running() || t.n < live.n);
      log.replaceChildren(
        ...turns.map((t, i) => bubble(t, i === turns.length - 1 && !running()))
      );
      liveNode = null;
      if (running()) {
        const node = bubble(live, false);
        liveTurn = live.n;
        liveNode = node.querySelector('.sw-reply');
        liveNode.classList.add('sw-live');
        log.append(node);
      }
    });
    drawState();
  }

  function drawState() {
    const job = model.get('job');
    const alive = job.state === 'running';
    state.textContent = inWords(
      job.state === 'cancelling' ? 'stopping' : job.state
    );
    state.className = `sw-state sw-${job.state}`;
    more.hidden = !alive || !(job.release_after || job.release_idle);
    button.textContent = running() ? trans.__('Stop') : trans.__('Send');
    button.disabled = !alive && !running();
    clear.disabled = !model.get('turns').length && !running();
    input.disabled = !alive;
    problem.textContent = model.get('problem') || (alive ? '' : job.hint);
    tick();
  }

  function tick() {
    const job = model.get('job');
    const { release_at } = job;
    const seconds = release_at - Date.now() / 1000 - ahead;
    const paused = job.state === 'paused';
    const later = Math.ceil(spare(job) / 60);
    const limit =
      later < 15
        ? trans.__('The server’s limit is %1.', timeLeft(job.longest))
        : '';
    left.textContent = release_at
      ? trans.__('released in %1', timeLeft(seconds)) +
        (later ? '' : `. ${limit}`)
      : '';
    more.disabled = !later;
    more.textContent = trans.__('+%1 min', later || 15);
    more.title = limit || trans.__('Release later');
    notice.hidden = !(paused || (release_at && seconds <= job.warn_within));
    act.hidden = !paused && !later;
    act.textContent = paused
      ? trans.__('Resume')
      : trans.__('Extend %1 min', later);
    const time = new Date(release_at * 1000).toLocaleTimeString(
      words[''] ? document.documentElement.lang : [],
      { timeStyle: 'short' }
    );
    const text = paused
      ? trans.__('Paused: its memory is given back. Resume to go on.')
      : trans.__(
          'Released at %1, in %2 min.',
          time,
          Math.ceil(seconds / 60)
        ) + (limit && ` ${limit}`);
    if (said.textContent !== text) said.textContent = text; // each change is read out
  }

  function drawSettings() {
    for (const node of settings.querySelectorAll('[name]')) {
      if (node.ownerDocument.activeElement === node) continue;
      const value =
        node.name === 'system' ? chat().system : chat().params[node.name];
      node.value = value ?? '';
    }
  }

  // Doing

  const fail = error => {
    problem.textContent = error.message;
  };

  async function say(content, replace) {
    const body = replace === undefined ? { content } : { content, replace };
    const call = await server;
    if (!call) {
      model.send({ kind: 'say', ...body });
      return;
    }
    const turn = await (
      await call('POST', `chats/${chat().id}/turns`, body)
    ).json();
    pending = { ...turn, blocks: [], note: '' };
    heard = Date.now();
    draw();
    model.send({ kind: 'follow', n: turn.n });
    setTimeout(() => takeOver(call, turn.n).catch(fail), KERNEL_PATIENCE);
  }

  /** Show a reply as plain text while the kernel is too busy to render it. */
  async function takeOver(call, n) {
    if (Date.now() - heard < KERNEL_PATIENCE || pending?.n !== n) return;
    let text = '';
    for await (const piece of read(call, `chats/${chat().id}/turns/${n}`)) {
      if (pending?.n !== n) return;
      text += piece;
      following(() =>
        liveNode?.replaceChildren(make('p', { className: 'sw-plain' }, text))
      );
    }
    if (pending?.n !== n) return;
    const turns = model.get('turns').filter(t => t.n < n);
    const block = make('p', {
      className: 'sw-plain',
      textContent: text
    }).outerHTML;
    model.set('turns', [
      ...turns,
      { ...pending, text, blocks: [block], state: 'done' }
    ]);
    pending = null;
    draw();
  }

  async function stop() {
    const n = pending ? pending.n : model.get('live').n;
    const call = await server;
    if (call) await call('DELETE', `chats/${chat().id}/turns/${n}`);
    else model.send({ kind: 'stop' });
  }

  async function forget() {
    const call = await server;
    if (call) {
      await call('DELETE', `chats/${chat().id}/turns`);
      pending = null;
      model.set('turns', []);
      draw();
    }
    model.send({ kind: call ? 'refresh' : 'clear' });
  }

  async function extend() {
    const call = await server;
    if (!call) {
      model.send({ kind: 'extend', seconds: 900 });
      return;
    }
    const job = model.get('job');
    const answer = await call('PATCH', `jobs/${job.id}`, { extend: 900 });
    const { release_at } = await answer.json();
    model.set('job', { ...job, release_at });
    tick();
  }

  async function resume() {
    const call = await server;
    if (!call) model.send({ kind: 'resume' });
    else await call('POST', `jobs/${model.get('job').id}/resume`);
  }

  async function configure() {
    const patch = { params: {} };
    for (const node of settings.querySelectorAll('[name]')) {
      if (node.name === 'system') patch.system = node.value;
      else if (node.value !== '') patch.params[node.name] = Number(node.value);
    }
    const call = await server;
    if (call) await call('PATCH', `chats/${chat().id}`, patch);
    model.send(call ? { kind: 'refresh' } : { kind: 'configure', ...patch });
  }

  function go() {
    const content = input.value.trim();
    if (running() || !content) return Promise.resolve();
    input.value = '';
    return say(content).catch(error => {
      input.value = content;
      throw error;
    });
  }

  // Listening

  const guard = action => event => {
    problem.textContent = '';
    Promise.resolve(action(event)).catch(fail);
  };
  button.onclick = guard(() => (running() ? stop() : go()));
  clear.onclick = guard(forget);
  more.onclick = guard(extend);
  act.onclick = guard(() =>
    model.get('job').release_at ? extend() : resume()
  );
  settings.onchange = guard(configure);
  // JupyterLab listens for line breaks in its cells' text fields, and drops them.
  const keepLineBreak = event =>
    event.inputType === 'insertLineBreak' && event.stopPropagation();
  el.addEventListener('beforeinput', keepLineBreak, true);
  input.onkeydown = event => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    guard(go)();
  };

  const onLive = () => {
    const live = model.get('live');
    const shown = liveNode && (pending?.n ?? liveTurn) === live.n;
    if (live.n !== undefined) {
      heard = Date.now();
      pending = null;
    }
    if (!shown) draw();
    else if (liveNode.children.length < live.blocks.length)
      following(() => put(liveNode, 0, live.blocks));
  };
  const onTurns = () => {
    const last = model.get('turns').at(-1);
    const done = last?.n >= pending?.n;
    if (done && last.created_at >= pending.created_at) pending = null;
    if (!running() && last?.text) spoken.textContent = last.text;
    draw();
  };
  const onMessage = message => {
    if (message.kind === 'clock') onTime(message.now);
    if (message.kind !== 'delta' || !liveNode) return;
    if (model.get('live').n !== message.n) return;
    heard = Date.now();
    if (message.from > liveNode.children.length) return; // the next snapshot has what is missing
    following(() => put(liveNode, message.from, message.blocks));
  };
  const listeners = [
    ['change:live', onLive],
    ['change:turns', onTurns],
    ['change:job', drawState],
    ['change:problem', drawState],
    ['change:chat', drawSettings],
    ['msg:custom', onMessage]
  ];
  for (const [event, listener] of listeners) model.on(event, listener);
  const timer = setInterval(tick, 1000);

  draw();
  drawSettings();
  requestAnimationFrame(() => {
    log.scrollTop = log.scrollHeight;
  });
  return () => {
    clearInterval(timer);
    el.removeEventListener('beforeinput', keepLineBreak, true);
    for (const [event, listener] of listeners) model.off(event, listener);
  };
}

export default { render };
