// Starts a trainer process and gives its two ends: wire and output. The only place that knows
// which kind of process it is, so that Electron's utilityProcess can take its place.
import { fork } from 'node:child_process';
import fs from 'node:fs';
import { failure, messageOf } from '../../shared/errors.ts';
import { processWire } from '../../shared/rpc/process-wire.ts';
import type { Wire } from '../../shared/rpc/wire.ts';
import { childEnd, type ChildEnd } from '../system/child-end.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export type TrainerExit = ChildEnd;

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
  const ended = childEnd(child).catch((error: unknown) => {
    throw failure('trainer-not-started', `The trainer could not be started: ${messageOf(error)}`, {
      cause: error,
    });
  });
  // Whoever waits for it sees the rejection; until then it is not unhandled.
  ended.catch(() => undefined);
  return {
    pid: child.pid,
    wire: processWire(child),
    onOutput: (listener) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream?.setEncoding('utf8').on('data', listener);
      }
    },
    kill: (signal) => child.kill(signal),
    ended,
  };
}
