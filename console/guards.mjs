// Fails where a screen requests more than its guard covers: whoever may enter it would be refused a part of it. What is
// requested under @include or @skip is left to the screen, which asks may() for it. It also fails where a source writes
// HTML, which names of people would get into, or asks the rules of access past app/access.ts.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, parse, TypeInfo, visit, visitWithTypeInfo } from 'graphql';

const here = import.meta.dirname;
// Tests give another folder of sources.
const src = process.argv[2] ?? join(here, 'src');
const read = (...path) => readFileSync(join(here, ...path), 'utf8');
const { fields } = JSON.parse(read('..', 'graph', 'permissions.json'));
const schema = buildSchema(read('node_modules', '.relay', 'schema.graphql'));
const texts = Object.values(JSON.parse(read('node_modules', '.relay', 'operations.json')));
const operations = new Map(texts.map((text) => [/^\w+ (\w+)/.exec(text)?.[1], text]));

// A type that belongs to a module has it at all of its fields.
const typeRules = new Map(
  Object.entries(fields)
    .filter(([, { rule }]) => rule === 'inModule')
    .map(([coordinate, rule]) => [coordinate.split('.')[0], rule]),
);

// needsOf returns what an operation needs, as `MODULE ACTION` with the field that needs it.
function needsOf(text) {
  const info = new TypeInfo(schema);
  const needs = new Map();
  const add = (rule, at) => rule?.module && needs.set(`${rule.module} ${rule.action}`, at);
  const conditional = (node) => node.directives?.some(({ name }) => name.value === 'include' || name.value === 'skip');
  visit(
    parse(text),
    visitWithTypeInfo(info, {
      enter(node) {
        if (conditional(node)) return false;
        if (node.kind === 'Field') {
          const at = `${info.getParentType()?.name}.${node.name.value}`;
          if (fields[at]?.rule === 'hasModule') add(fields[at], at);
        }
        // An object by its id is reached by no field that has a rule.
        if (node.kind === 'InlineFragment' && node.typeCondition)
          add(typeRules.get(node.typeCondition.name.value), node.typeCondition.name.value);
        return undefined;
      },
    }),
  );
  return needs;
}

// screensOf returns the screens of a file, with what each needs and the operation that it requests.
function screensOf(source) {
  const imported = new Map(
    [...source.matchAll(/import (\w+) from '[^']*__generated__\/(\w+)\$parameters'/g)].map(([, name, operation]) => [
      name,
      operation,
    ]),
  );
  return [
    ...source.matchAll(
      /path: '([^']+)',\s*needs: (?:'(\w+)'|\{ module: '(\w+)', action: '(\w+)' \})([^]*?)(?=path: '|$)/g,
    ),
  ].map(([, path, word, module, action, rest]) => ({
    path,
    word,
    module,
    action,
    operation: imported.get(/\bquery: (\w+)/.exec(rest)?.[1]),
  }));
}

// beyond returns what a screen requests beyond its guard.
function beyond({ word, module, action }, needs) {
  if (word === 'owner') return [];
  // Whoever may do something in a module may view it.
  return [...needs].filter(([need]) => ![`${module} ${action}`, `${module} VIEW`].includes(need));
}

let checked = 0;
const wrong = [];
const folders = readdirSync(src, { withFileTypes: true }).filter((entry) => entry.isDirectory());
for (const { name } of folders) {
  let source;
  try {
    source = readFileSync(join(src, name, 'screens.ts'), 'utf8');
  } catch {
    continue;
  }
  const screens = screensOf(source);
  if (screens.length !== [...source.matchAll(/\bneeds:/g)].length)
    wrong.push(`src/${name}/screens.ts: the needs of a screen stand after its path`);
  for (const screen of screens.filter(({ operation }) => operation)) {
    checked++;
    const text = operations.get(screen.operation);
    if (!text) wrong.push(`${screen.path}: there is no operation ${screen.operation}`);
    else
      for (const [need, at] of beyond(screen, needsOf(text)))
        wrong.push(`${screen.path}: ${screen.operation} requests ${at}, which needs ${need}`);
  }
}
// What a source must not have, and where it may stand all the same; org/module.tsx shows the grants themselves.
const banned = [
  [/\b(?:inner|outer)HTML\b|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write/, 'writes HTML', []],
  [
    /\bviewerGrants\.(?:some|find|filter|every)\b|\bcreateAccess\b/,
    'asks for access past may()',
    ['app/access.ts', 'org/module.tsx'],
  ],
];
for (const name of readdirSync(src, { recursive: true })) {
  if (!/\.tsx?$/.test(name) || name.startsWith('__generated__')) continue;
  const text = readFileSync(join(src, name), 'utf8');
  for (const [pattern, what, except] of banned)
    if (pattern.test(text) && !except.includes(name)) wrong.push(`src/${name}: ${what}`);
}
if (checked === 0) wrong.push('no screen was found');
if (wrong.length > 0) {
  console.error(wrong.map((line) => `guards: ${line}`).join('\n'));
  process.exit(1);
}
