import { describe, expect, it } from 'vitest';

import { EventParser, follow, type IServerEvent } from '../sse';
import { Stream } from './fake';

describe('EventParser', () => {
  const text =
    ': still here\n\nevent: log\r\ndata: one\r\ndata: two\r\n\r\n' +
    'data:three\n\nid: 7\nevent: end\ndata: {}\n\n';
  const events: IServerEvent[] = [
    { event: 'log', data: 'one\ntwo' },
    { event: 'message', data: 'three' },
    { event: 'end', data: '{}' }
  ];

  it('reads events, comments and line ends of every kind', () => {
    expect(new EventParser().push(text)).toEqual(events);
  });

  it('does not care where the chunks break', () => {
    for (let size = 1; size < 12; size++) {
      const parser = new EventParser();
      const found: IServerEvent[] = [];
      for (let at = 0; at < text.length; at += size) {
        found.push(...parser.push(text.slice(at, at + size)));
      }
      expect(found).toEqual(events);
    }
  });

  it('keeps an unfinished event to itself', () => {
    const parser = new EventParser();
    expect(parser.push('event: log\ndata: half')).toEqual([]);
    expect(parser.push('\n\n')).toEqual([{ event: 'log', data: 'half' }]);
  });
});

describe('follow', () => {
  const run = (
    streams: (Stream | Error)[],
    signal = new AbortController().signal
  ): { seen: string[]; broken: number; done: Promise<void> } => {
    const result = { seen: [] as string[], broken: 0, done: Promise.resolve() };
    result.done = follow({
      connect: () => {
        const next = streams.shift();
        return next instanceof Stream
          ? Promise.resolve(next.response)
          : Promise.reject(next ?? new Error('no more'));
      },
      take: ({ event, data }) => {
        result.seen.push(data);
        return event === 'end';
      },
      onBreak: () => {
        result.broken += 1;
      },
      signal,
      pause: 1
    });
    return result;
  };

  it('ends with the last event', async () => {
    const stream = new Stream();
    const { seen, done } = run([stream]);
    stream.send('log', 1);
    stream.send('end', 2);
    await done;
    expect(seen).toEqual(['1', '2']);
  });

  it('connects again when the connection is lost or ends early', async () => {
    const [first, second, third] = [new Stream(), new Stream(), new Stream()];
    first.send('log', 1);
    first.end();
    second.fail();
    third.send('end', 2);
    const result = run([first, second, new Error('down'), third]);
    await result.done;
    expect(result.seen).toEqual(['1', '2']);
    expect(result.broken).toBe(3);
  });

  it('throws what the server refuses, and does not ask again', async () => {
    const refused = Object.assign(new Error('gone'), { status: 404 });
    const result = run([refused, new Stream()]);
    await expect(result.done).rejects.toBe(refused);
    expect(result.broken).toBe(0);
  });

  it('stops silently when it is aborted', async () => {
    const abort = new AbortController();
    const stream = new Stream(abort.signal);
    const { done } = run([stream], abort.signal);
    stream.send('log', 1);
    abort.abort();
    await done;
  });
});
