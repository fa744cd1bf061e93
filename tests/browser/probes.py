"""What Chromium itself says of a page: its main thread's tasks, its heap, when a frame was drawn.

Times are the page's own clock. What must not depend on how busy the machine is (does a task of ours
hold up the page?) is taken from the trace as time on the processor.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Page

CATEGORIES = ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline", "v8"]


@dataclass
class Frame:
    """What the page's main thread did between two frames, the drawing of the second included."""

    cpu: float = 0.0
    """Milliseconds on the processor."""
    parts: list[tuple[float, str]] = field(default_factory=list)
    """How long what took, for whoever has to mend it."""

    def __str__(self) -> str:
        """Return it with what took longest in it."""
        longest = sorted(self.parts, reverse=True)[:8]
        return f"{self.cpu:.1f} ms: " + ", ".join(f"{name} {took:.1f}" for took, name in longest)


@contextmanager
def traced(browser: Browser, page: Page) -> Iterator[list[Frame]]:
    """Trace the page's frames meanwhile, the longest first; `FRAMES` must run in it."""
    frames: list[Frame] = []
    browser.start_tracing(page=page, categories=CATEGORIES)
    try:
        yield frames
    finally:
        recorded = json.loads(browser.stop_tracing())
    frames += sorted(_frames(recorded["traceEvents"]), key=lambda frame: -frame.cpu)


def _frames(events: list[dict[str, Any]]) -> Iterator[Frame]:
    thread = _main_thread(events)
    mine = [e for e in events if (e["pid"], e["tid"]) == thread and "tdur" in e]
    mine.sort(key=lambda event: (event["ts"], -event["dur"]))
    frame, end, drawn = Frame(), 0.0, False
    for event in mine:
        if event["ts"] >= end and event["name"] == "RunTask":
            if drawn:
                yield frame
                frame, drawn = Frame(), False
            frame.cpu += event["tdur"] / 1000
            end = event["ts"] + event["dur"]
        elif event["ts"] < end:
            drawn = drawn or event["name"] == "FireAnimationFrame"
            frame.parts.append((event["tdur"] / 1000, _told(event)))
    if drawn:
        yield frame


def _told(event: dict[str, Any]) -> str:
    data = event.get("args", {}).get("data")
    url = str(data.get("url", "")) if isinstance(data, dict) else ""
    file = url.partition("?")[0].rpartition("/")[2]
    return f"{event['name']} {file}".strip()


def _main_thread(events: list[dict[str, Any]]) -> tuple[int, int]:
    """Return the process and thread of the page: of the renderers' main threads the busiest."""
    busy = {
        (e["pid"], e["tid"]): 0.0
        for e in events
        if e["name"] == "thread_name" and e["args"].get("name") == "CrRendererMain"
    }
    for event in events:
        if event["name"] == "RunTask" and (event["pid"], event["tid"]) in busy:
            busy[event["pid"], event["tid"]] += event.get("tdur", 0)
    return max(busy, key=lambda key: busy[key])


def heap(page: Page) -> int:
    """Return the bytes of the page's heap that are in use after a collection."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.enable")
    session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return int(used)


# `sw.frames` gets the milliseconds between frames; what `sw.onFrame` holds is called when a frame
# has been handed on to be drawn, with the time.
FRAMES = """
window.sw = { frames: [], onFrame: [] };
{
  const drawn = new MessageChannel();
  drawn.port1.onmessage = () => {
    const now = performance.now();
    sw.onFrame.forEach(look => look(now));
  };
  let last = 0;
  const next = now => {
    sw.frames.push(now - last);
    last = now;
    drawn.port2.postMessage(null);
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
}
"""

# `sw.plugins`: how long each of our plugins took to activate; `sw.evaluated`: the entry's modules.
PLUGINS = """
sw.plugins = {};
{
  const registry = {};
  const measured = container => ({
    init: scope => container.init(scope),
    get: async name => {
      const factory = await container.get(name);
      if (name !== './extension') return factory;
      return () => {
        const begun = performance.now();
        const module = factory();
        sw.evaluated = performance.now() - begun;
        for (const plugin of module.default) {
          const { activate } = plugin;
          plugin.activate = (...args) => {
            const begun = performance.now();
            try {
              return activate(...args);
            } finally {
              sw.plugins[plugin.id] = performance.now() - begun;
            }
          };
        }
        return module;
      };
    }
  });
  window._JUPYTERLAB = new Proxy(registry, {
    set: (target, name, container) => {
      target[name] = name === 'jupyter-sw' ? measured(container) : container;
      return true;
    }
  });
}
"""

# `sw.states`: each change of a job's state: when the server made it, when it arrived, when its card
# showed it; milliseconds on the page's clock.
STATES = """
sw.states = [];
window.WebSocket = class extends WebSocket {
  constructor(...args) {
    super(...args);
    const known = {};
    this.addEventListener('message', ({ data }) => {
      const now = performance.now();
      if (typeof data !== 'string' || !data.includes('"news"')) return;
      const { job, now: sent } = JSON.parse(data).news ?? {};
      if (job && known[job.id] !== job.state) {
        known[job.id] = job.state;
        const made = sent * 1000 - performance.timeOrigin;
        sw.states.push({ job: job.id, state: job.state, made, arrived: now, shown: null });
      }
    });
  }
};
sw.onFrame.push(now => {
  const waiting = sw.states.filter(change => change.shown === null);
  for (const job of new Set(waiting.map(change => change.job))) {
    const shown = document.querySelector(`.jp-sw-Job[data-job='${job}']`)?.dataset.state;
    const mine = waiting.filter(change => change.job === job);
    const upTo = mine.findIndex(change => change.state === shown);
    mine.slice(0, upTo + 1).forEach(change => { change.shown = now; });
  }
});
"""

# `sw.words`: of each word `w0`, `w1` … of an answer, when it arrived and when it was to be seen,
# and how many frames there had been.
WORDS = """
sw.words = [];
{
  const read = ReadableStreamDefaultReader.prototype.read;
  const numbers = text => [...text.matchAll(/\\bw(\\d+)\\b/g)].map(found => Number(found[1]));
  let seen = 0;
  ReadableStreamDefaultReader.prototype.read = async function () {
    const result = await read.call(this);
    const now = performance.now();
    const text = result.value ? new TextDecoder().decode(result.value) : '';
    if (text.includes('event: delta')) {
      for (const n of numbers(text)) {
        sw.words[n] ??= { arrived: now, after: sw.frames.length, shown: null, in: null };
      }
    }
    return result;
  };
  sw.onFrame.push(now => {
    if (seen >= sw.words.length) return;
    const answer = [...document.querySelectorAll('.jp-sw-Markdown .jp-RenderedMarkdown')].pop();
    const end = [...(answer?.children ?? [])].slice(-6).map(node => node.textContent).join(' ');
    const last = Math.max(-1, ...numbers(end));
    for (; seen <= last && seen < sw.words.length; seen++) {
      const word = sw.words[seen];
      if (word) Object.assign(word, { shown: now, in: sw.frames.length });
    }
  });
}
"""
