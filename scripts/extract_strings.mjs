/**
 * Prints every string of the front end that a person can see, as JSON: what the catalogs in
 * jupyter_sw/locale have to translate.
 *
 *   node scripts/extract_strings.mjs
 *
 * It reads the calls of the translator (`__`, `_n`, `_p`, `_np`) in TypeScript's own syntax tree
 * and the titles and descriptions of the settings' schemas. A call whose text is not written out
 * cannot be translated and is an error.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const SOURCES = ['labextension/src', 'jupyter_sw/widgets/static'];
const SCHEMAS = 'labextension/schema';

/** Which argument of a call is what. */
const CALLS = {
  __: ['msgid'],
  _n: ['msgid', 'plural'],
  _p: ['context', 'msgid'],
  _np: ['context', 'msgid', 'plural']
};

const messages = [];
const problems = [];

function add(message, path, line) {
  messages.push({ ...message, path: relative(ROOT, path), line });
}

function files(folder, extensions) {
  return readdirSync(join(ROOT, folder), { recursive: true })
    .filter(name => extensions.includes(extname(name)))
    .filter(name => !name.includes('__tests__'))
    .map(name => join(ROOT, folder, name))
    .sort();
}

/** The text of a literal, also of one that is put together from several with `+`. */
function literal(node) {
  if (node && ts.isStringLiteralLike(node)) {
    return node.text;
  }
  if (node && ts.isBinaryExpression(node)) {
    const parts = [literal(node.left), literal(node.right)];
    return parts.includes(undefined) ? undefined : parts.join('');
  }
  return undefined;
}

function calledName(node) {
  const callee = node.expression;
  return ts.isPropertyAccessExpression(callee) ? callee.name.text : undefined;
}

function readSource(path) {
  const source = ts.createSourceFile(
    path,
    readFileSync(path, 'utf8'),
    ts.ScriptTarget.Latest,
    true
  );
  const visit = node => {
    const parts =
      ts.isCallExpression(node) && Object.hasOwn(CALLS, calledName(node) ?? '')
        ? CALLS[calledName(node)]
        : undefined;
    if (parts) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      const texts = parts.map((_, i) => literal(node.arguments[i]));
      if (texts.includes(undefined)) {
        problems.push(
          `${relative(ROOT, path)}:${line + 1}: the text is not written out: ${node.getText()}`
        );
      } else {
        const message = Object.fromEntries(parts.map((p, i) => [p, texts[i]]));
        add(message, path, line + 1);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
}

/** The contexts are those in which the settings editor's server looks a schema's strings up. */
function readSchema(path) {
  const visit = (node, context) => {
    for (const [key, value] of Object.entries(node)) {
      if (typeof value === 'object' && value !== null) {
        visit(value, 'settings');
      } else if (key === 'title' || key === 'description') {
        add({ context, msgid: value }, path, 1);
      } else if (key === 'jupyter.lab.setting-icon-label') {
        add({ context: 'settings', msgid: value }, path, 1);
      }
    }
  };
  visit(JSON.parse(readFileSync(path, 'utf8')), 'schema');
}

SOURCES.flatMap(folder => files(folder, ['.js', '.ts', '.tsx'])).forEach(
  readSource
);
files(SCHEMAS, ['.json']).forEach(readSchema);

const byKey = new Map();
for (const message of messages) {
  const key = `${message.context ?? ''}\u0004${message.msgid}`;
  const first = byKey.get(key) ?? message;
  byKey.set(key, first);
  if (first.plural !== message.plural) {
    problems.push(
      `${message.path}:${message.line}: also said with another plural or none, in ${first.path}:${first.line}: ${message.msgid}`
    );
  }
}

if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
console.log(JSON.stringify(messages, null, 1));
