// `npm run lint` for what only types can tell about components. Svelte's own translation makes TypeScript of each,
// oxlint checks that as it checks every other file, and what it finds is said where it stands in the component. What
// was found in what the translation added is dropped. Without types ESLint checks components (eslint.config.mjs).
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { traceSegment, TraceMap } from '@jridgewell/trace-mapping';
import { parse, VERSION } from 'svelte/compiler';
import { svelte2tsx } from 'svelte2tsx';

/**
 * The rules that need types, as .oxlintrc.json sets them for all other files. Beside these are two that do not go with
 * components: `no-confusing-void-expression` (in markup an arrow that calls is how an event is handled) and
 * `no-meaningless-void-operator` (`void state` is how an effect says what it waits for).
 */
export const TYPED_RULES = [
  ...['await-thenable', 'no-array-delete', 'no-base-to-string', 'no-deprecated'],
  ...['no-duplicate-type-constituents', 'no-floating-promises', 'no-for-in-array'],
  ...['no-generated-empty-object-type', 'no-implied-eval', 'no-misused-promises'],
  ...['no-misused-spread', 'no-mixed-enums', 'no-redundant-type-constituents'],
  ...['no-unnecessary-boolean-literal-compare', 'no-unnecessary-condition'],
  ...['no-unnecessary-template-expression', 'no-unnecessary-type-arguments'],
  ...['no-unnecessary-type-assertion', 'no-unnecessary-type-conversion'],
  ...['no-unnecessary-type-parameters', 'no-unsafe-argument', 'no-unsafe-assignment'],
  ...['no-unsafe-call', 'no-unsafe-enum-assignment', 'no-unsafe-enum-comparison'],
  ...['no-unsafe-member-access', 'no-unsafe-return', 'no-unsafe-unary-minus'],
  ...['no-useless-default-assignment', 'only-throw-error', 'prefer-promise-reject-errors'],
  ...['prefer-reduce-type-parameter', 'prefer-return-this-type', 'related-getter-setter-pairs'],
  ...['require-await', 'restrict-plus-operands', 'restrict-template-expressions', 'return-await'],
  ...['switch-exhaustiveness-check', 'unbound-method', 'use-unknown-in-catch-callback-variable'],
];

/** Given by Svelte's types: what is declared beside it is checked where the component is used, or bound. */
const SVELTES_ANY = /=\s*(?:\$props\(\)|__sveltets_2_any\(null\))$/;

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * @param {string} project a folder with `renderer/tsconfig.source.json` and components under `renderer`
 * @returns {{ file: string, line: number, column: number, rule: string, message: string }[]}
 */
export function lintComponents(project) {
  const folder = path.join(project, 'node_modules', '.cache', `components-${process.pid}`);
  try {
    const translated = listComponents(project).map((file) => translate(project, folder, file));
    if (translated.length === 0) return [];
    writeConfigs(folder);
    const byPlace = new Map(translated.map((component) => [component.place, component]));
    return check(folder, [...byPlace.keys()]).flatMap((diagnostic) => {
      const found = inComponent(byPlace.get(diagnostic.filename), diagnostic);
      return found === undefined ? [] : [found];
    });
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function listComponents(project) {
  const names = fs.readdirSync(path.join(project, 'renderer'), { recursive: true });
  return names
    .filter((name) => name.endsWith('.svelte'))
    .map((name) => `renderer/${name.replaceAll(path.sep, '/')}`)
    .sort();
}

/** `X.svelte` becomes `X.svelte.ts` of a folder that TypeScript takes for a part of the project. */
function translate(project, folder, file) {
  const source = fs.readFileSync(path.join(project, file), 'utf8');
  const insertions = derivedLater(source);
  const { code, map } = svelte2tsx(insert(source, insertions), {
    ...{ parse, version: VERSION, filename: path.join(project, file) },
    ...{ isTsFile: true, mode: 'ts', emitOnTemplateError: false },
  });
  const place = `${file}.ts`;
  fs.mkdirSync(path.dirname(path.join(folder, place)), { recursive: true });
  fs.writeFileSync(path.join(folder, place), code);
  return { file, place, source, insertions, code, map };
}

/**
 * `$derived(x)` written as `$derived.by(() => x)`, which is the same: TypeScript would take `x` for computed once, where
 * it stands, when a state has its first value.
 * @returns {{ at: number, text: string }[]} in the order of the places
 */
function derivedLater(source) {
  const { instance, module } = parse(source, { modern: true });
  const insertions = [];
  const walk = (node) => {
    if (node === null || typeof node !== 'object') return;
    if (node.type === 'CallExpression' && node.callee.name === '$derived') {
      const [value] = node.arguments;
      const types = node.typeArguments ?? node.typeParameters;
      insertions.push({ at: node.callee.end, text: '.by' });
      insertions.push({
        at: source.indexOf('(', types?.end ?? node.callee.end) + 1,
        text: '() => ',
      });
      // An object, not the body of a function.
      if (source[value.start] === '{') {
        insertions.push({ at: value.start, text: '(' }, { at: value.end, text: ')' });
      }
    }
    for (const child of Object.values(node)) walk(child);
  };
  walk(instance);
  walk(module);
  return insertions.sort((a, b) => a.at - b.at);
}

function insert(source, insertions) {
  let [text, taken] = ['', 0];
  for (const insertion of insertions) {
    text += source.slice(taken, insertion.at) + insertion.text;
    taken = insertion.at;
  }
  return text + source.slice(taken);
}

/** The place in the component of one in what `insert` made of it. */
function withoutInsertions(offset, insertions) {
  let at = offset;
  for (const insertion of insertions) {
    if (insertion.at >= at) break;
    at = Math.max(insertion.at, at - insertion.text.length);
  }
  return at;
}

function writeConfigs(folder) {
  const shims = path.dirname(require.resolve('svelte2tsx'));
  write(folder, 'tsconfig.json', {
    extends: '../../../renderer/tsconfig.source.json',
    // Imports lead from here into the project as if this were its folder.
    compilerOptions: { rootDirs: ['../../..', '.'] },
    files: ['svelte-shims-v4.d.ts', 'svelte-jsx-v4.d.ts'].map((name) => path.join(shims, name)),
    include: ['renderer/**/*.ts'],
    exclude: [],
  });
  const { rules } = JSON.parse(fs.readFileSync(path.join(root, '.oxlintrc.json'), 'utf8'));
  const names = TYPED_RULES.map((name) => `typescript/${name}`);
  write(folder, 'oxlint.json', {
    plugins: ['typescript'],
    categories: { correctness: 'off' },
    options: { typeAware: true },
    rules: Object.fromEntries(names.map((name) => [name, rules[name]])),
  });
}

function write(folder, name, content) {
  fs.writeFileSync(path.join(folder, name), JSON.stringify(content));
}

/** Files are named one by one: oxlint looks into no folder that Git ignores. */
function check(folder, places) {
  const oxlint = path.join(root, 'node_modules', 'oxlint', 'bin', 'oxlint');
  const options = ['-c', 'oxlint.json', '--no-ignore', '--format', 'json'];
  const { stdout, stderr, error } = spawnSync(process.execPath, [oxlint, ...options, ...places], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (error) throw error;
  const answer = stdout.startsWith('{') ? JSON.parse(stdout) : undefined;
  if (answer?.number_of_files !== places.length) {
    throw new Error(`oxlint did not check the components: ${stderr}${stdout.slice(0, 2000)}`);
  }
  const [broken] = answer.diagnostics.filter(({ code }) => code === undefined);
  if (broken) throw new Error(`oxlint cannot read ${broken.filename}: ${broken.message}`);
  return answer.diagnostics;
}

/** Where a finding stands in the component; undefined in what the translation added. */
function inComponent({ file, source, insertions, code, map }, { message, code: rule, labels }) {
  // oxlint counts bytes.
  const { offset, length } = labels[0].span;
  const bytes = Buffer.from(code);
  const start = bytes.subarray(0, offset).toString().length;
  const end = start + bytes.subarray(offset, offset + length).toString().length;
  const at = originalOffset({ source: insert(source, insertions), code, map }, start);
  if (at === undefined || isIgnored(code, start)) return undefined;
  if (rule.includes('no-unsafe-assignment') && SVELTES_ANY.test(code.slice(start, end))) {
    return undefined;
  }
  const before = source.slice(0, withoutInsertions(at, insertions)).split('\n');
  return { file, line: before.length, column: before.at(-1).length + 1, rule, message };
}

/** Undefined where the text since the last place that the map knows is not the component's. */
function originalOffset({ source, code, map }, start) {
  const lineStart = code.lastIndexOf('\n', start - 1) + 1;
  const line = code.slice(0, lineStart).split('\n').length - 1;
  const segment = traceSegment(new TraceMap(map), line, start - lineStart);
  if (segment === null || segment.length === 1) return undefined;
  const [knownColumn, , sourceLine, sourceColumn] = segment;
  const at = offsetOf(source, sourceLine) + sourceColumn;
  const known = lineStart + knownColumn;
  const isSame = code.slice(known, start + 1) === source.slice(at, at + start + 1 - known);
  return isSame ? at + start - known : undefined;
}

function offsetOf(text, line) {
  let offset = 0;
  for (let i = 0; i < line; i++) offset = text.indexOf('\n', offset) + 1;
  return offset;
}

/** Svelte marks what it added and nobody should be told of. */
function isIgnored(code, start) {
  const opened = code.lastIndexOf('/*Ωignore_startΩ*/', start);
  return opened > code.lastIndexOf('/*Ωignore_endΩ*/', start);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const findings = lintComponents(root);
  for (const { file, line, column, rule, message } of findings) {
    console.error(`${file}:${line}:${column} ${rule}: ${message}`);
  }
  if (findings.length > 0) process.exitCode = 1;
  console.log(`Components: ${findings.length} findings of rules that need types.`);
}
