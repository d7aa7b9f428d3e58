// Starts a trainer process and gives its two ends: messages and output. The only place that knows
// which kind of process it is, so that Electron's utilityProcess can take its place.
import { fork } from 'node:child_process';
import fs from 'node:fs';
import { failure } from '../../shared/errors.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface TrainerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running trainer. Messages are unchecked here; `superviseTrainer` parses them. */
export interface TrainerHandle {
  readonly pid: number | undefined;
  /** Silently does nothing when the process has ended: its end is reported by `ended`. */
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
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
    // Typed arrays travel as bytes.
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Not this process's own: a debugger's port or a test runner's loader is not the trainer's.
    execArgv: ['--enable-source-maps'],
  });
  const ended = new Promise<TrainerExit>((resolve, reject) => {
    let exit: TrainerExit | undefined;
    let isDisconnected = false;
    let isClosed = false;
    const finish = (): void => {
      // Output can end before the last message has been read, and the other way round.
      if (exit !== undefined && isDisconnected && isClosed) resolve(exit);
    };
    child.on('error', (error) => {
      if (child.pid !== undefined) return; // a failed send: the end of the process follows
      reject(
        failure('trainer-not-started', `The trainer could not be started: ${error.message}`, {
          cause: error,
        }),
      );
    });
    child.on('exit', (code, signal) => {
      exit = { code, signal };
      finish();
    });
    child.on('disconnect', () => {
      isDisconnected = true;
      finish();
    });
    child.on('close', () => {
      isClosed = true;
      finish();
    });
  });
  // Whoever waits for it sees the rejection; until then it is not unhandled.
  ended.catch(() => undefined);
  return {
    pid: child.pid,
    send: (message) => {
      if (child.connected) child.send(message as object, () => undefined);
    },
    onMessage: (listener) => child.on('message', listener),
    onOutput: (listener) => {
      child.stdout?.setEncoding('utf8').on('data', listener);
      child.stderr?.setEncoding('utf8').on('data', listener);
    },
    kill: (signal) => child.kill(signal),
    ended,
  };
}
