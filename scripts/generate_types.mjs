/**
 * Writes labextension/src/schema.ts from the server's wire models.
 *
 *   node scripts/generate_types.mjs           write it
 *   node scripts/generate_types.mjs --check   fail when it is stale
 *
 * The Python with jupyter_sw's dependencies is $PYTHON, else .venv's, else `python`.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile } from 'json-schema-to-typescript';
import * as prettier from 'prettier';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const TARGET = join(ROOT, 'labextension', 'src', 'schema.ts');
const BANNER = `/* Generated from jupyter_sw/schemas by \`npm run generate\`: change it there. */\n`;

function python() {
  const local = ['.venv/bin/python', '.venv/Scripts/python.exe']
    .map(path => join(ROOT, path))
    .find(existsSync);
  return process.env.PYTHON ?? local ?? 'python';
}

const schema = JSON.parse(
  execFileSync(python(), ['-m', 'jupyter_sw.schemas.export'], {
    cwd: ROOT,
    encoding: 'utf8'
  })
);

// The generator speaks an older JSON Schema: tuples are `items`, and a `$ref` stands alone.
function older(node) {
  if (Array.isArray(node)) {
    return node.map(older);
  }
  if (node === null || typeof node !== 'object') {
    return node;
  }
  if ('$ref' in node) {
    return { $ref: node.$ref };
  }
  const { prefixItems, minItems, maxItems, ...rest } = node;
  const items = prefixItems ? { items: prefixItems, minItems, maxItems } : {};
  return Object.fromEntries(
    Object.entries({ ...rest, ...items }).map(([key, value]) => [
      key,
      older(value)
    ])
  );
}

const ROOT_NAME = 'Document';
const raw = await compile({ ...older(schema), title: ROOT_NAME }, ROOT_NAME, {
  additionalProperties: false,
  bannerComment: BANNER,
  format: false,
  unreachableDefinitions: true
});
// What is left to take away: the document itself, and notes of who refers to whom.
const models = raw
  .replace(
    /\/\*\*(?:(?!\*\/)[^])*\*\/\nexport interface Document \{[^}]*\}\n/,
    ''
  )
  .replace(
    /( \*\n)? \* This interface was referenced by `.*`'s JSON-Schema\n \* via the `definition` ".*"\.\n/g,
    ''
  )
  .replace(/( \*[ ]*\n)+ \*\//g, ' */');
const options = await prettier.resolveConfig(TARGET);
const text = await prettier.format(models, { ...options, filepath: TARGET });

if (!process.argv.includes('--check')) {
  writeFileSync(TARGET, text);
} else if (!existsSync(TARGET) || readFileSync(TARGET, 'utf8') !== text) {
  console.error(
    'labextension/src/schema.ts is stale: run `npm run generate` and commit it.'
  );
  process.exit(1);
}
