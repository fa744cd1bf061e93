import type { Job } from '../schema';

/** The variable that the Python client and the terminal read a token from. */
export const TOKEN_VARIABLE = 'JUPYTER_SW_TOKEN';

/**
 * A way to talk to a job, as lines to copy.
 */
export interface ISnippet {
  id: 'curl' | 'requests' | 'openai' | 'jupyter_sw';
  lines: string[];
}

/**
 * Where a job is spoken to in OpenAI's format.
 */
export function endpointOf(door: string, job: Job): string {
  return `${door}/${job.handler === 'chatbot' ? 'chat/completions' : 'completions'}`;
}

/**
 * The ways to talk to a job; none of them holds a token.
 *
 * `door` is the base URL of the server's OpenAI door.
 */
export function snippetsOf(door: string, job: Job): ISnippet[] {
  const url = endpointOf(door, job);
  const chats = job.handler === 'chatbot';
  const input: [string, unknown] = chats
    ? ['messages', [{ role: 'user', content: 'Hello' }]]
    : ['prompt', 'Once upon a time'];
  const body = JSON.stringify({ model: job.name, [input[0]]: input[1] });
  const name = literal(job.name);
  const said = literal(input[1]);
  return [
    {
      id: 'curl',
      lines: [
        `curl ${shell(url)} \\`,
        `  -H "Authorization: Bearer $${TOKEN_VARIABLE}" \\`,
        '  -H "Content-Type: application/json" \\',
        `  -d ${shell(body)}`
      ]
    },
    {
      id: 'requests',
      lines: [
        'import os',
        '',
        'import requests',
        '',
        'answer = requests.post(',
        `    ${literal(url)},`,
        `    headers={"Authorization": f"Bearer {os.environ['${TOKEN_VARIABLE}']}"},`,
        `    json={"model": ${name}, "${input[0]}": ${said}},`,
        '    timeout=300,',
        ')',
        'answer.raise_for_status()',
        chats
          ? 'print(answer.json()["choices"][0]["message"]["content"])'
          : 'print(answer.json()["choices"][0]["text"])'
      ]
    },
    {
      id: 'openai',
      lines: [
        'import os',
        '',
        'from openai import OpenAI',
        '',
        'client = OpenAI(',
        `    base_url=${literal(door)},`,
        `    api_key=os.environ["${TOKEN_VARIABLE}"],`,
        ')',
        chats
          ? 'answer = client.chat.completions.create('
          : 'answer = client.completions.create(',
        `    model=${name},`,
        `    ${input[0]}=${said},`,
        ')',
        chats
          ? 'print(answer.choices[0].message.content)'
          : 'print(answer.choices[0].text)'
      ]
    },
    {
      id: 'jupyter_sw',
      lines: [
        'from jupyter_sw.client import jobs',
        '',
        `job = next(job for job in jobs() if job.id == ${literal(job.id)})`,
        chats
          ? 'print(job.ask("Hello"))'
          : `print(job.openai().completions.create(model=${name}, prompt=${said}).choices[0].text)`
      ]
    }
  ];
}

/** A value as Python reads it; JSON's way of writing text and lists is Python's, too. */
function literal(value: unknown): string {
  return JSON.stringify(value);
}

/** A word that a shell takes as it is. */
function shell(text: string): string {
  return `'${text.replace(/'/g, `'\\''`)}'`;
}
