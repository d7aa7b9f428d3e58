// Prepares a process to load @tensorflow/tfjs-node-gpu with a staged runtime. Imported by the trainer,
// so it stays tiny, and it never loads TensorFlow itself: the engine does that right afterwards.
import { createRequire, Module } from 'node:module';
import path from 'node:path';
import { resolveFromTfjs } from './packages.ts';
import type { Runtime } from './runtime.ts';
import { loadDefaults } from './load-environment.ts';

const require = createRequire(import.meta.url);

/**
 * Call once, before anything requires @tensorflow/*. No LD_LIBRARY_PATH is needed: the binding names
 * its library folder relative to itself.
 */
export function prepareProcess(
  runtime: Pick<Runtime, 'bindingPath' | 'device' | 'wrongConvolutions'>,
): void {
  for (const [name, value] of Object.entries(loadDefaults(runtime))) process.env[name] ??= value;
  restoreUtil();
  answerFind(runtime.bindingPath);
}

/** tfjs-node 4.22 calls two functions that Node 23 removed, at its first op (tfjs#8425, #8609). */
function restoreUtil(): void {
  const util = require('node:util') as Record<string, unknown>;
  util['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  util['isArray'] ??= Array.isArray;
}

/**
 * tfjs-node-gpu asks `@mapbox/node-pre-gyp` where its binding is, and looks only inside its own
 * package, which may be read-only and shared by several runtimes. We answer in its place: of that
 * package only `find` is ever called, and not loading it saves 35 ms.
 */
function answerFind(bindingPath: string): void {
  const file = resolveFromTfjs('@mapbox/node-pre-gyp');
  const answer = new Module(file);
  answer.filename = file;
  answer.paths = [path.dirname(file)];
  answer.exports = { find: () => bindingPath };
  answer.loaded = true;
  require.cache[file] = answer;
}
