// Starts a trainer process and gives its two ends: wire and output. The only place that knows
// which kind of process it is, so that Electron's utilityProcess can take its place.
import { fork } from 'node:child_process';
import fs from 'node:fs';
import { failure } from '../../shared/errors.ts';
import { processWire } from '../../shared/rpc/process-wire.ts';
import type { Wire } from '../../shared/rpc/wire.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface TrainerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running trainer. It serves shared/contract/trainer.ts and ends when its wire is closed. */
export interface TrainerHandle {
  readonly pid: number | undefined;
  readonly wire: Wire;
  /** Everything printed on stdout and stderr. */
  onOutput(listener: (text: string) => void): void;
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
  /** Resolves after the last message and the last output; rejects if it could not be started. */
  readonly ended: Promise<TrainerExit>;
}

export interface TrainerLauncher {
  launch(environment: Environment): TrainerHandle;
}

/** Trainers as Node processes beside this one. */
export function forkLauncher(entryFile: string): TrainerLauncher {
  return { launch: (environment) => forkTrainer(entryFile, environment) };
}

/** @throws `no-trainer` */
export function requireTrainer(entryFile: string): void {
  if (fs.existsSync(entryFile)) return;
  throw failure(
    'no-trainer',
    `The trainer program ${entryFile} is missing; it may have been rebuilt meanwhile. Start again.`,
    { path: entryFile },
  );
}

function forkTrainer(entryFile: string, environment: Environment): TrainerHandle {
  requireTrainer(entryFile);
  const child = fork(entryFile, [], {
    // Inside Electron, execPath is the app itself unless it is told to behave as Node.
    env: { ...environment, ELECTRON_RUN_AS_NODE: '1' },
    // Messages are bytes.
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Not this process's own: a debugger's port or a test runner's loader is not the trainer's.
    execArgv: ['--enable-source-maps'],
  });
  const output = [child.stdout, child.stderr].filter((stream) => stream !== null);
  const exit = new Promise<TrainerExit>((resolve, reject) => {
    child.on('exit', (code, signal) => resolve({ code, signal }));
    child.on('error', (error) => {
      if (child.pid !== undefined) return; // a failed send: the end of the process follows
      reject(
        failure('trainer-not-started', `The trainer could not be started: ${error.message}`, {
          cause: error,
        }),
      );
    });
  });
  // Output can end before the last message has been read, and the other way round. The event `close` of the
  // process would tell of both, but never comes once this side has closed the channel.
  const rest = [
    new Promise((resolve) => child.on('disconnect', resolve)),
    ...output.map((stream) => new Promise((resolve) => stream.on('close', resolve))),
  ];
  const ended = exit.then((how) => Promise.all(rest).then(() => how));
  // Whoever waits for it sees the rejection; until then it is not unhandled.
  ended.catch(() => undefined);
  return {
    pid: child.pid,
    wire: processWire(child),
    onOutput: (listener) => {
      for (const stream of output) stream.setEncoding('utf8').on('data', listener);
    },
    kill: (signal) => child.kill(signal),
    ended,
  };
}
