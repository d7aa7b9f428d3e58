import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { testConformance, type ServedExample } from '../../shared/rpc/testing/conformance.ts';
import type { ForkedPart } from '../../shared/rpc/testing/forked-end.ts';
import { createNotes } from '../../shared/rpc/testing/notes.ts';
import { utilityProcessWire } from '../../shared/rpc/utility-wire.ts';
import { forkUtilityProcess } from './testing/fake-utility-process.ts';

let folder: string;

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-utility-wire-'));
  await build({
    entryPoints: [
      fileURLToPath(new URL('../../shared/rpc/testing/forked-end.ts', import.meta.url)),
    ],
    outfile: path.join(folder, 'forked-end.mjs'),
    bundle: true,
    format: 'esm',
    platform: 'node',
  });
});

afterAll(() => {
  fs.rmSync(folder, { recursive: true, force: true });
});

function start(part: ForkedPart): ServedExample {
  const child = forkUtilityProcess(path.join(folder, 'forked-end.mjs'), [JSON.stringify(part)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill());
  const notes = createNotes();
  if (child.stdout !== null) readline.createInterface(child.stdout).on('line', notes.add);
  return { wire: utilityProcessWire(child), notes };
}

testConformance('a utility process', {
  isBrief: true,
  serve: (options) => Promise.resolve(start(options)),
  play: (script) =>
    Promise.resolve(
      start({ script: script.map((messages) => messages.map((bytes) => [...bytes])) }).wire,
    ),
});
