// What only types can tell is found in components, at its line: in the script, in markup, and in what is given to
// another component. With ESLint, every rule of typescript-eslint's strictest list has a tool that holds it.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import tseslint from 'typescript-eslint';
import { beforeAll, afterAll, expect, test } from 'vitest';
import { z } from 'zod';
// Plain JavaScript, run before anything is built.
// @ts-expect-error -- it has no types
import * as script from './lint-components.mjs';

interface Finding {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly rule: string;
}
const { lintComponents, TYPED_RULES } = script as {
  lintComponents: (project: string) => readonly Finding[];
  TYPED_RULES: readonly string[];
};

const root = fileURLToPath(new URL('../../', import.meta.url));

const LIST = `<script lang="ts">
  const { names, onChoose }: { names: readonly string[]; onChoose: (name: string) => void } = $props();
</script>

{#each names as name (name)}
  <button onclick={() => onChoose(name)}>{name}</button>
{/each}
`;

const PAGE = `<script lang="ts">
  import List from './List.svelte';

  const { places }: { places: readonly string[]; missing: string } = $props();
  let isOpen = $state(false);
  const shown = $derived(isOpen ? places : []);
  const load = (name: string): Promise<string> => Promise.resolve(name);
  load('a floating promise');
  places.forEach(async (name) => {
    await load(name);
  });
  const text: string = JSON.parse(places.join());
</script>

<List names={shown} onChoose={(name) => { if (name) load(name); }} />
<List names={places} onChoose={async (name) => { await load(name); isOpen = true; }} />
<p>„{text}“ {JSON.parse(text).name}</p>
{#each places as place}<p>{place}</p>{/each}
`;

let project: string;
beforeAll(() => {
  project = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-components-'));
  const write = (name: string, content: string): void => {
    fs.mkdirSync(path.dirname(path.join(project, name)), { recursive: true });
    fs.writeFileSync(path.join(project, name), content);
  };
  const read = (name: string): string => fs.readFileSync(path.join(root, name), 'utf8');
  for (const name of ['eslint.config.mjs', 'tsconfig.base.json', 'renderer/svelte.config.js']) {
    write(name, read(name));
  }
  write('package.json', '{ "type": "module" }');
  const ofSources = read('renderer/tsconfig.source.json');
  write('renderer/tsconfig.source.json', ofSources.replace(', "vite/client"', ''));
  write('renderer/List.svelte', LIST);
  write('renderer/Page.svelte', PAGE);
  for (const name of [
    ...['svelte', 'eslint', 'eslint-plugin-svelte', 'globals'],
    ...['typescript', 'typescript-eslint'],
  ]) {
    const link = path.join(project, 'node_modules', name);
    fs.mkdirSync(path.dirname(link), { recursive: true });
    fs.symlinkSync(path.join(root, 'node_modules', name), link, 'junction');
  }
});
afterAll(() => {
  fs.rmSync(project, { recursive: true, force: true });
});

test('What needs the types of other files is found at its line and column, and nothing else is.', () => {
  const found = lintComponents(project).map(
    ({ file, line, column, rule }) => `${file}:${line}:${column} ${rule}`,
  );
  expect(found.sort()).toEqual([
    'renderer/Page.svelte:12:9 typescript(no-unsafe-assignment)',
    'renderer/Page.svelte:15:53 typescript(no-floating-promises)',
    'renderer/Page.svelte:16:45 typescript(no-misused-promises)',
    'renderer/Page.svelte:17:31 typescript(no-unsafe-member-access)',
    'renderer/Page.svelte:8:3 typescript(no-floating-promises)',
    'renderer/Page.svelte:9:31 typescript(no-misused-promises)',
  ]);
  // The translation is gone.
  expect(fs.readdirSync(path.join(project, 'node_modules', '.cache'))).toEqual([]);
});

test('ESLint finds the rest, with the types of the one file.', async () => {
  const Found = z.array(
    z.object({ messages: z.array(z.object({ ruleId: z.string(), line: z.number() })) }),
  );
  const found = Found.parse(await eslint()).flatMap(({ messages }) =>
    messages.map(({ line, ruleId }) => `${line} ${ruleId}`),
  );
  expect(found).toEqual(['4 svelte/no-unused-props', '18 svelte/require-each-key']);
});

test('Every strict rule of typescript-eslint is held by ESLint, by oxlint, or is named here.', () => {
  const rulesOf = (configs: readonly { readonly rules?: object | undefined }[]): string[] => {
    const all = new Map<string, unknown>(
      configs.flatMap(({ rules = {} }) => Object.entries(rules)),
    );
    return [...all.keys()].filter((name) => ![all.get(name)].flat().includes('off'));
  };
  const held = [
    ...rulesOf(tseslint.configs.strict),
    ...TYPED_RULES.map((name) => `@typescript-eslint/${name}`),
  ];
  expect(
    rulesOf(tseslint.configs.strictTypeChecked).filter((name) => !held.includes(name)),
  ).toEqual([
    // These two do not go with components; see lint-components.mjs.
    '@typescript-eslint/no-confusing-void-expression',
    '@typescript-eslint/no-meaningless-void-operator',
    // oxlint does not have it, neither here nor for other files.
    '@typescript-eslint/no-unsafe-class-instance-assignment',
  ]);
});

function eslint(): Promise<unknown> {
  const program = path.join(root, 'node_modules', 'eslint', 'bin', 'eslint.js');
  const args = [program, 'renderer', '--format', 'json'];
  return new Promise((resolve, reject) => {
    // It ends with 1 where it finds something.
    execFile(process.execPath, args, { cwd: project }, (_, stdout, stderr) => {
      if (stdout === '') reject(new Error(stderr));
      else resolve(JSON.parse(stdout));
    });
  });
}
