// Compiles the texts of src/text/<language>/<noun>.json into src/text/made: the messages of each language, and
// the type of every text with its arguments. It fails where a text is missing in one language, differs in its arguments,
// is not used or cannot be read; whoever names a text that does not exist fails to compile.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, TYPE } from '@formatjs/icu-messageformat-parser';

const here = import.meta.dirname;
// Tests give another folder of sources.
const source = process.argv[2] ?? join(here, 'src');
const made = join(source, 'text', 'made');
const languages = ['zh-CN', 'en'];
const wrong = [];

// types returns the arguments of a message and what each takes.
function types(elements, found = {}) {
  for (const element of elements) {
    if (element.type === TYPE.argument || element.type === TYPE.select) found[element.value] ??= 'string | number';
    if (element.type === TYPE.number || element.type === TYPE.plural) found[element.value] = 'number';
    if (element.type === TYPE.date || element.type === TYPE.time) found[element.value] = 'Date | number';
    if (element.type === TYPE.tag) {
      found[element.value] = '(chunks: ReactNode[]) => ReactNode';
      types(element.children, found);
    }
    for (const option of Object.values(element.options ?? {})) types(option.value, found);
  }
  return found;
}

function read(language) {
  const folder = join(source, 'text', language);
  const found = new Map();
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()) {
    const noun = file.slice(0, -'.json'.length);
    for (const [key, text] of Object.entries(JSON.parse(readFileSync(join(folder, file), 'utf8')))) {
      try {
        const ast = parse(text, { captureLocation: false, shouldParseSkeletons: true });
        found.set(`${noun}.${key}`, { ast, types: types(ast) });
      } catch (error) {
        wrong.push(`${language}/${file}: ${key}: ${error.message}`);
      }
    }
  }
  return found;
}

const texts = Object.fromEntries(languages.map((language) => [language, read(language)]));
const ids = [...new Set(languages.flatMap((language) => [...texts[language].keys()]))].sort();
for (const id of ids) {
  const given = languages.map((language) => texts[language].get(id));
  languages.forEach((language, i) => given[i] || wrong.push(`${language}: ${id} is missing`));
  const [first, second] = given.map((text) => text && JSON.stringify(Object.keys(text.types).sort()));
  if (first && second && first !== second) wrong.push(`${id}: the languages differ in arguments: ${first}, ${second}`);
}

// A text is used when its id stands in the source, or the part before its last dot followed by `.${`: a text by a value.
const sources = readdirSync(source, { recursive: true, withFileTypes: true })
  .filter((entry) => /\.tsx?$/.test(entry.name) && !/__generated__|made$/.test(entry.parentPath))
  .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
  .join('\n');
for (const id of ids) {
  const byValue = `\`${id.slice(0, id.lastIndexOf('.'))}.\${`;
  if (!sources.includes(`'${id}'`) && !sources.includes(`"${id}"`) && !sources.includes(byValue))
    wrong.push(`${id} is not used`);
}
if (wrong.length > 0) {
  console.error(wrong.map((line) => `texts: ${line}`).join('\n'));
  process.exit(1);
}

mkdirSync(made, { recursive: true });
for (const language of languages) {
  const messages = Object.fromEntries(ids.map((id) => [id, texts[language].get(id).ast]));
  writeFileSync(join(made, `${language}.json`), `${JSON.stringify(messages)}\n`);
}
const lines = ids.map((id) => {
  const args = Object.entries(texts['zh-CN'].get(id).types).map(([name, type]) => `${name}: ${type}`);
  return `  '${id}': ${args.length > 0 ? `{ ${args.join('; ')} }` : 'undefined'};`;
});
const imports = lines.some((line) => line.includes('ReactNode')) ? "import type { ReactNode } from 'react';\n\n" : '';
writeFileSync(
  join(made, 'texts.ts'),
  `${imports}/** Every text by its id, with the arguments that it takes. */
export interface Texts {
${lines.join('\n')}
}
`,
);
