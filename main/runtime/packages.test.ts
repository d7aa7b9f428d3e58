import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { expect, onTestFinished, test } from 'vitest';

const sources = fileURLToPath(new URL('.', import.meta.url));

test('In a packed app modules are resolved in the archive, and files are taken from beside it.', async () => {
  const root = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-packed-')));
  onTestFinished(() => fs.rmSync(root, { recursive: true, force: true }));
  const write = (name: string, content: string): void => {
    const file = path.join(root, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, content);
  };
  // Electron shows an archive as a folder, and in it what lies unpacked beside it.
  const tfjs = 'node_modules/@tensorflow/tfjs-node-gpu/package.json';
  for (const place of ['app.asar', 'app.asar.unpacked']) {
    write(`${place}/${tfjs}`, '{"name": "@tensorflow/tfjs-node-gpu"}');
    write(`${place}/node_modules/node-api-headers/package.json`, '{"name": "node-api-headers"}');
  }
  write('app.asar/node_modules/@mapbox/node-pre-gyp/package.json', '{"main": "index.js"}');
  write('app.asar/node_modules/@mapbox/node-pre-gyp/index.js', '');
  const program = path.join(root, 'app.asar', 'dist', 'main-1', 'check.mjs');
  await build({
    stdin: {
      contents: `import * as packages from './packages.ts';
        console.log(JSON.stringify({
          tfjs: packages.tfjsPackageFolder(),
          headers: packages.nodeApiIncludeFolder(),
          finder: packages.resolveFromTfjs('@mapbox/node-pre-gyp'),
          modules: packages.tfjsModuleFolders(),
        }));`,
      resolveDir: sources,
    },
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    logLevel: 'silent',
  });
  const { stdout } = await promisify(execFile)(process.execPath, [program]);
  const found = JSON.parse(stdout) as Record<string, unknown>;
  const beside = path.join(root, 'app.asar.unpacked', 'node_modules');
  const inside = path.join(root, 'app.asar', 'node_modules');
  expect(found).toMatchObject({
    tfjs: path.join(beside, '@tensorflow', 'tfjs-node-gpu'),
    headers: path.join(beside, 'node-api-headers', 'include'),
    finder: path.join(inside, '@mapbox', 'node-pre-gyp', 'index.js'),
    modules: expect.arrayContaining([inside]) as unknown,
  });
});
