import { describe, expect, it, vi } from 'vitest';

import { LogReader } from '../logs/reader';
import { FakeServer, refusal, Stream } from './fake';

function reading(answer: (offset: string | null) => unknown): {
  reader: LogReader;
  texts: string[];
  phases: string[];
} {
  const server = new FakeServer();
  server.answers['GET jobs/job1/logs'] = ({ query }) =>
    answer(query.get('offset'));
  const texts: string[] = [];
  const phases: string[] = [];
  const reader: LogReader = new LogReader({
    api: server.api,
    job: 'job1',
    take: text => texts.push(text),
    changed: () => phases.push(reader.phase)
  });
  return { reader, texts, phases };
}

describe('reading a log', () => {
  it('goes on where it was stopped, and ends with the job', async () => {
    const streams = [new Stream(), new Stream()];
    const offsets: (string | null)[] = [];
    const { reader, texts, phases } = reading(offset => {
      offsets.push(offset);
      return streams[offsets.length - 1];
    });
    reader.start();
    reader.start();
    streams[0].send('log', { text: 'a\n', offset: 2 });
    await vi.waitFor(() => expect(texts).toEqual(['a\n']));
    reader.stop();
    streams[0].fail();
    reader.start();
    streams[1].send('log', { text: 'b\n', offset: 4 });
    streams[1].send('end', {});
    await vi.waitFor(() => expect(reader.phase).toBe('ended'));
    reader.start();
    expect(texts).toEqual(['a\n', 'b\n']);
    expect(offsets).toEqual(['0', '2']);
    expect(phases).toEqual(['following', 'ended']);
  });

  it('says what the server refuses, and asks again only when told to', async () => {
    const stream = new Stream();
    const answers = [refusal(404, 'No such job.', 'not_found'), stream];
    const { reader, phases } = reading(() => answers.shift());
    reader.start();
    await vi.waitFor(() => expect(reader.phase).toBe('failed'));
    expect(reader.error?.message).toBe('No such job.');
    reader.start();
    expect(answers.length).toBe(1);
    reader.retry();
    await vi.waitFor(() => expect(reader.phase).toBe('following'));
    expect(reader.error).toBeNull();
    expect(phases).toEqual(['failed', 'loading', 'following']);
  });

  it('tells a lost connection and can try again at once', async () => {
    const streams = [new Stream(), new Stream()];
    let asked = 0;
    const { reader, texts } = reading(() => streams[asked++]);
    reader.start();
    streams[0].fail();
    await vi.waitFor(() => expect(reader.phase).toBe('broken'));
    reader.retry();
    streams[1].send('log', { text: 'a\n', offset: 2 });
    await vi.waitFor(() => expect(texts).toEqual(['a\n']));
    expect(reader.phase).toBe('following');
  });
});
