// Trainers as utility processes of Electron: owned by the main process, they go when it goes, and are
// shown under their own name. Evens out what differs from a Node process (main/host/trainer-launcher).
import type { UtilityProcess, utilityProcess } from 'electron';
import { utilityProcessWire } from '../../shared/rpc/utility-wire.ts';
import { requireTrainer } from '../host/trainer-launcher.ts';
import type {
  Environment,
  TrainerExit,
  TrainerHandle,
  TrainerLauncher,
} from '../host/trainer-launcher.ts';

/** Output that is still in the pipe when the process has ended; a grandchild may hold it open. */
const drainMs = 1_000;

export function utilityLauncher(
  processes: Pick<typeof utilityProcess, 'fork'>,
  entryFile: string,
): TrainerLauncher {
  return {
    launch: (environment) => {
      requireTrainer(entryFile);
      const child = processes.fork(entryFile, [], {
        env: definedOnly(environment),
        stdio: ['ignore', 'pipe', 'pipe'],
        serviceName: 'ResNet Lab trainer',
        // TensorFlow is fetched or compiled on this machine, so nobody has signed it.
        allowLoadingUnsignedLibraries: true,
      });
      return handleOf(child);
    },
  };
}

function handleOf(child: UtilityProcess): TrainerHandle {
  const outputListeners: ((text: string) => void)[] = [];
  const tell = (text: string): void => {
    for (const listener of outputListeners) listener(text);
  };
  const output = [child.stdout, child.stderr].filter((stream) => stream !== null);
  for (const stream of output) stream.setEncoding('utf8').on('data', tell);

  let isOver = false;
  let killOnSpawn: 'SIGTERM' | 'SIGKILL' | undefined;
  child.on('spawn', () => {
    if (killOnSpawn !== undefined) kill(child, killOnSpawn);
  });
  child.on('error', (type, location) => tell(`${type} in V8: ${location}\n`));

  const ended = new Promise<TrainerExit>((resolve) => {
    child.on('exit', (code) => {
      if (isOver) return; // electron#44012: it may be told twice
      isOver = true;
      // Right after this Electron takes all listeners off the streams, whatever they still hold.
      setImmediate(() => {
        void drained(output, tell).then(() => resolve(exitOf(code)));
      });
    });
  });
  return {
    get pid() {
      return child.pid;
    },
    wire: utilityProcessWire(child),
    onOutput: (listener) => void outputListeners.push(listener),
    kill: (signal) => {
      if (isOver) return;
      if (child.pid === undefined) killOnSpawn = signal;
      else kill(child, signal);
    },
    ended,
  };
}

/** `UtilityProcess.kill` is polite (SIGTERM), and has no other way. */
function kill(child: UtilityProcess, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (signal === 'SIGTERM' || child.pid === undefined || process.platform === 'win32') {
    child.kill();
    return;
  }
  try {
    process.kill(child.pid, signal);
  } catch {
    // It has ended meanwhile, which is what was wanted.
  }
}

async function drained(
  streams: readonly NodeJS.ReadableStream[],
  tell: (text: string) => void,
): Promise<void> {
  const ends = streams.map(
    (stream) =>
      new Promise<void>((resolve) => {
        if (!stream.readable) {
          resolve();
          return;
        }
        stream.on('end', resolve).on('error', () => resolve());
        stream.on('data', tell);
      }),
  );
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, drainMs)));
  await Promise.race([Promise.all(ends), patience]);
  clearTimeout(timer);
}

const signals: Readonly<Record<number, NodeJS.Signals>> = {
  4: 'SIGILL',
  6: 'SIGABRT',
  7: 'SIGBUS',
  8: 'SIGFPE',
  9: 'SIGKILL',
  11: 'SIGSEGV',
  15: 'SIGTERM',
};

/**
 * On POSIX a process that a signal ended has that signal's number as its code, plus 128 where memory
 * was dumped; a trainer itself ends with 0, 1 or 3 only.
 */
function exitOf(code: number): TrainerExit {
  const signal = process.platform === 'win32' ? undefined : signals[code & 0x7f];
  return signal === undefined ? { code, signal: null } : { code: null, signal };
}

function definedOnly(environment: Environment): Record<string, string> {
  const defined = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return Object.fromEntries(defined);
}
