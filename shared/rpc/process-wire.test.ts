import { fork } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { processWire } from './process-wire.ts';
import { testConformance, type ServedExample } from './testing/conformance.ts';
import type { ForkedPart } from './testing/forked-end.ts';
import { createNotes } from './testing/notes.ts';

let folder: string;

beforeAll(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-rpc-'));
  // Node 20 does not read TypeScript.
  await build({
    entryPoints: [fileURLToPath(new URL('testing/forked-end.ts', import.meta.url))],
    outfile: path.join(folder, 'forked-end.mjs'),
    bundle: true,
    format: 'esm',
    platform: 'node',
  });
});

afterAll(() => {
  fs.rmSync(folder, { recursive: true, force: true });
});

function forkEnd(part: ForkedPart): ServedExample {
  const child = fork(path.join(folder, 'forked-end.mjs'), [JSON.stringify(part)], {
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    execArgv: [],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const notes = createNotes();
  if (child.stdout !== null) readline.createInterface(child.stdout).on('line', notes.add);
  return { wire: processWire(child), notes };
}

testConformance('process messages', {
  serve: (options) => Promise.resolve(forkEnd(options)),
  play: (script) =>
    Promise.resolve(
      forkEnd({ script: script.map((messages) => messages.map((bytes) => [...bytes])) }).wire,
    ),
});
