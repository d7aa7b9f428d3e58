// Runs a script of this folder in a Node process of its own, as another window or command line would.
// Bundled first, because Node 20 doesn't read TypeScript.
import { spawn, type ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';
import { onTestFinished } from 'vitest';

const driver = '@photostructure/sqlite';

export type ScriptName = 'append-forever' | 'append-until-full' | 'increment' | 'hold-transaction';

/** Returns the path of the bundle; it is removed after the test. */
export function bundleScript(name: ScriptName): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-child-'));
  onTestFinished(() => {
    fs.rmSync(folder, { recursive: true, force: true });
  });
  const outfile = path.join(folder, `${name}.mjs`);
  buildSync({
    entryPoints: [fileURLToPath(new URL(`${name}.ts`, import.meta.url))],
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: [driver],
    outfile,
  });
  // The bundle lies outside the project, where the package can't be found by name.
  const text = fs.readFileSync(outfile, 'utf8');
  const address = pathToFileURL(createRequire(import.meta.url).resolve(driver)).href;
  fs.writeFileSync(outfile, text.replaceAll(`from "${driver}"`, `from "${address}"`));
  return outfile;
}

export interface Child {
  readonly process: ChildProcess;
  /** Everything printed so far. */
  output(): string;
  /** Resolves when the output has at least this many lines; rejects if it ends before. */
  lines(count: number): Promise<void>;
  /** Resolves when the process has ended: its signal, or its exit code. */
  readonly ended: Promise<NodeJS.Signals | number>;
}

export interface StartOptions {
  /** A line for `bash -c` that ends by running "$0" "$@", to set limits before. */
  readonly throughShell?: string;
}

export function startScript(
  bundle: string,
  args: readonly string[],
  { throughShell }: StartOptions = {},
): Child {
  const node = [process.execPath, bundle, ...args];
  const [command = '', ...rest] =
    throughShell === undefined ? node : ['bash', '-c', throughShell, ...node];
  const child = spawn(command, rest, {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  const listeners = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    for (const listener of listeners) listener();
  });
  const ended = new Promise<NodeJS.Signals | number>((resolve) => {
    child.on('close', (code, signal) => resolve(signal ?? code ?? 0));
  });
  return {
    process: child,
    output: () => output,
    lines: (count) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          if (output.split('\n').length > count) resolve();
        };
        listeners.add(check);
        void ended.then(() => reject(new Error(`The script ended early: ${output}`)));
        check();
      }),
    ended,
  };
}
