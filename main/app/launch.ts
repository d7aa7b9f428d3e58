// Opens the window from a terminal: runs Electron on this checkout and waits until it ends. One that dies
// within its first seconds has shown nothing; that is told apart, so that a browser can open instead.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { createLastWords } from '../host/last-words.ts';
import { projectFolder } from '../host/program-files.ts';
import type { Environment } from '../host/trainer-launcher.ts';
import { explainSandbox } from './sandbox-trouble.ts';

export interface LaunchOptions {
  /** What the app understands: `--home=DIR` and things to open. */
  readonly args: readonly string[];
  readonly env: Environment;
  readonly startFile?: string;
  /** An end with an error before this is a failure to open. */
  readonly earlyMs?: number;
}

export type LaunchResult =
  | { readonly exitCode: number }
  /** Completes "No window: …". */
  | { readonly reason: string };

const EARLY_MS = 10_000;
/** Whoever ends the window on purpose wants no browser. */
const ON_PURPOSE: readonly (NodeJS.Signals | null)[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Resolves when Electron has ended. `binary` is what `findElectron` found. */
export function launchElectron(binary: string, options: LaunchOptions): Promise<LaunchResult> {
  const { args, env, startFile = path.join(projectFolder(), 'main', 'app', 'start.mjs') } = options;
  const { earlyMs = EARLY_MS } = options;
  const words = createLastWords();
  const started = performance.now();
  // Inherited from another Electron (an editor's terminal), it would make a bare Node of this one.
  const child = spawn(binary, [startFile, ...args], {
    stdio: ['inherit', 'inherit', 'pipe'],
    env: { ...env, ELECTRON_RUN_AS_NODE: undefined },
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words.add(text);
    process.stderr.write(text);
  });
  return new Promise((resolve) => {
    child.on('error', (cause) => {
      resolve({ reason: `Electron could not be started (${binary}): ${cause.message}` });
    });
    child.on('close', (code, signal) => {
      const isEarly = performance.now() - started < earlyMs;
      if (code === 0 || !isEarly || ON_PURPOSE.includes(signal)) {
        resolve({ exitCode: code ?? 1 });
        return;
      }
      const sandbox = explainSandbox(binary, words.lines());
      const how = signal === null ? `with exit code ${code ?? 1}` : `by ${signal}`;
      const lastOutput = lastSentence(words.lines());
      resolve({ reason: sandbox ?? `Electron ended at once, ${how}. ${lastOutput}` });
    });
  });
}

/** The line that says what went wrong: an error if there is one, not the stack below it. */
function lastSentence(lines: readonly string[]): string {
  const plain = lines.filter((line) => !/^\s+at |^Node\.js v|^\s*[{}\]]/.test(line));
  const line = plain.findLast((text) => /error|fatal/i.test(text)) ?? plain.at(-1);
  return line === undefined ? 'It said nothing' : `Its last words: ${line.trim()}`;
}
