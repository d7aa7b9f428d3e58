import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import { promisify } from 'node:util';
import { beforeEach, expect, onTestFinished, test } from 'vitest';

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));

/** A small checkout with the real bundler and other programs. */
let project: string;
beforeEach(() => {
  project = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-bundle-'));
  onTestFinished(() => {
    fs.rmSync(project, { recursive: true, force: true });
  });
  const root = path.resolve(here, '../..');
  fs.symlinkSync(path.join(root, 'node_modules'), path.join(project, 'node_modules'), 'junction');
  write('package.json', '{"version": "1.2.3", "type": "module"}');
  for (const name of ['bundle.mjs', 'sources.mjs']) {
    write(`main/build/${name}`, fs.readFileSync(path.join(here, name), 'utf8'));
  }
  write(
    'main/build/entry-points.mjs',
    "export const entryPoints = { cli: 'main/cli.ts' };\nexport const preloadScripts = { preload: 'main/preload.ts' };\nexport const pageScripts = {};\nexport const pageScriptOptions = {};\n",
  );
  write('main/preload.ts', "import { hello } from '../shared/hello.ts';\nconsole.log(hello);\n");
  write('main/cli.ts', "import { hello } from '../shared/hello.ts';\nconsole.log(hello);\n");
  write(
    'shared/hello.ts',
    "declare const RESNET_LAB_CODE_VERSION: string;\nexport const hello: string = 'hello ' + RESNET_LAB_CODE_VERSION;\n",
  );
});

function write(name: string, content: string): void {
  const file = path.join(project, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, content);
}

async function bundle(): Promise<string> {
  const { stdout } = await run(process.execPath, ['main/build/bundle.mjs'], { cwd: project });
  return path.join(project, stdout.trim());
}

async function hello(folder: string): Promise<string> {
  const { stdout } = await run(process.execPath, [path.join(folder, 'cli.js')]);
  return stdout.trim();
}

const folders = () => fs.readdirSync(path.join(project, 'dist')).sort();

test('The same sources are bundled once, changed ones again under another version.', async () => {
  const first = await bundle();
  expect(await hello(first)).toMatch(/^hello 1\.2\.3\+[0-9a-f]{10}$/);
  const stamp = fs.statSync(path.join(first, 'cli.js')).mtimeMs;
  expect(await bundle()).toBe(first);
  expect(fs.statSync(path.join(first, 'cli.js')).mtimeMs).toBe(stamp);
  write('main/cli.ts', "console.log('bye');\n");
  const second = await bundle();
  expect(second).not.toBe(first);
  expect(await hello(second)).toBe('bye');
});

test('A preload script is CommonJS in one file: a sandboxed page can load nothing else.', async () => {
  const script = fs.readFileSync(path.join(await bundle(), 'preload.cjs'), 'utf8');
  expect(script).toContain('"hello "');
  expect(() => new vm.Script(script)).not.toThrow();
  expect(script).not.toContain('require(');
});

test('Touching a file makes another bundle of the same version.', async () => {
  const first = await bundle();
  const later = new Date(Date.now() + 5000);
  fs.utimesSync(path.join(project, 'shared/hello.ts'), later, later);
  const second = await bundle();
  expect(second).not.toBe(first);
  expect(await hello(second)).toBe(await hello(first));
});

test('Tests and fixtures are no sources.', async () => {
  const first = await bundle();
  write('main/cli.test.ts', 'not even code');
  write('main/testing/x.ts', 'nor this');
  expect(await bundle()).toBe(first);
});

test('Several processes at once agree and leave nothing behind.', async () => {
  const results = await Promise.all([bundle(), bundle(), bundle()]);
  expect(new Set(results).size).toBe(1);
  expect(folders()).toEqual([path.basename(results[0])]);
});

test('A bundle that was not used for a week goes when another is made.', async () => {
  const first = await bundle();
  const longAgo = new Date(Date.now() - 8 * 24 * 3600 * 1000);
  fs.utimesSync(first, longAgo, longAgo);
  write('main/cli.ts', "console.log('bye');\n");
  const second = await bundle();
  expect(folders()).toEqual([path.basename(second)]);
  fs.utimesSync(second, longAgo, longAgo);
  await bundle();
  write('main/cli.ts', "console.log('again');\n");
  const third = await bundle();
  expect(folders()).toEqual([path.basename(second), path.basename(third)].sort());
});

test('Sources that can not be bundled leave nothing behind and say where.', async () => {
  const first = await bundle();
  write('main/cli.ts', "import './nothing.ts';\n");
  await expect(bundle()).rejects.toThrow('Could not resolve "./nothing.ts"');
  expect(folders()).toEqual([path.basename(first)]);
});
