// tfjs-node brings node-pre-gyp and an old tar, which are for installing it. A process that trains must never
// have them in it, so that no file of a user can reach them.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { askCli } from './testing/command-line.ts';

interface ModuleList {
  readonly program: string;
  readonly loaded: readonly { readonly file: string; readonly exports: readonly string[] }[];
}

test('A trainer has TensorFlow.js loaded, and neither tar nor node-pre-gyp.', async () => {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-modules-'));
  const lists = path.join(home, 'lists');
  fs.mkdirSync(lists);
  const spy = fileURLToPath(new URL('testing/list-modules.mjs', import.meta.url));
  process.env['NODE_OPTIONS'] = `--import=${spy}`;
  process.env['RESNET_LAB_MODULE_LISTS'] = lists;
  onTestFinished(() => {
    delete process.env['NODE_OPTIONS'];
    delete process.env['RESNET_LAB_MODULE_LISTS'];
    fs.rmSync(home, { recursive: true, force: true });
  });
  const data = 'builtin:shapes?train=16&val=8';
  await askCli(
    home,
    'train',
    '--data',
    data,
    '--arch',
    'mini-basic-a',
    '--batch',
    '8',
    '--steps',
    '2',
  );
  const all = fs
    .readdirSync(lists)
    .map((name) => JSON.parse(fs.readFileSync(path.join(lists, name), 'utf8')) as ModuleList);
  const trainer = all.find(({ program }) => program === 'trainer.js');
  const from = (list: ModuleList | undefined, name: string) =>
    (list?.loaded ?? []).filter(({ file }) => file.includes(path.join('node_modules', name, '/')));
  expect(from(trainer, '@tensorflow/tfjs-node-gpu').length).toBeGreaterThan(10);
  for (const list of all) {
    expect(from(list, 'tar'), list.program).toEqual([]);
    // In its place stands our answer to the one question that tfjs-node asks it; see runtime/load.ts.
    const finders = from(list, '@mapbox/node-pre-gyp');
    expect(
      finders.map(({ exports }) => exports),
      list.program,
    ).toEqual(list === trainer ? [['find']] : []);
  }
});
