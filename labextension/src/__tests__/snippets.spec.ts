import { describe, expect, it } from 'vitest';

import { endpointOf, type ISnippet, snippetsOf } from '../jobpage/snippets';
import type { Job } from '../schema';
import { makeJob } from './fake';

const DOOR = 'http://127.0.0.1:8888/user/me/jupyter-sw/v1';

function lines(id: ISnippet['id'], changes: Partial<Job> = {}): string {
  const snippet = snippetsOf(DOOR, makeJob(changes)).find(
    each => each.id === id
  );
  return snippet!.lines.join('\n');
}

describe('snippetsOf', () => {
  it('talks to a chat model', () => {
    expect(endpointOf(DOOR, makeJob())).toBe(`${DOOR}/chat/completions`);
    expect(lines('curl')).toBe(
      [
        `curl '${DOOR}/chat/completions' \\`,
        '  -H "Authorization: Bearer $JUPYTER_SW_TOKEN" \\',
        '  -H "Content-Type: application/json" \\',
        `  -d '{"model":"llama2-7b-chat","messages":[{"role":"user","content":"Hello"}]}'`
      ].join('\n')
    );
    expect(lines('openai')).toContain(`base_url="${DOOR}"`);
    expect(lines('openai')).toContain('os.environ["JUPYTER_SW_TOKEN"]');
    expect(lines('requests')).toContain(`"${DOOR}/chat/completions"`);
    expect(lines('jupyter_sw')).toContain('job.id == "job1"');
  });

  it('asks a base model to go on', () => {
    const base = { handler: 'completion' } as const;
    expect(endpointOf(DOOR, makeJob(base))).toBe(`${DOOR}/completions`);
    expect(lines('curl', base)).toContain('"prompt":"Once upon a time"');
    expect(lines('openai', base)).toContain('client.completions.create(');
    expect(lines('requests', base)).toContain('["text"]');
  });

  it('takes names that shells and Python would trip over', () => {
    const odd = { name: `it's "mine"` };
    expect(lines('curl', odd)).toContain(`-d '{"model":"it'\\''s \\"mine\\"",`);
    expect(lines('openai', odd)).toContain(`model="it's \\"mine\\"",`);
  });
});
