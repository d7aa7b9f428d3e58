// The command line as users start it: a process of its own.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { projectFolder } from '../../host/program-files.ts';

const program = path.join(projectFolder(), 'main', 'cli', 'resnet-lab.mjs');

export interface Ended {
  /** Null where a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly process: ChildProcess;
  /** Resolves when the text has appeared on stderr; rejects if the command ends before. */
  sees(text: string | RegExp): Promise<void>;
  /** What it has printed there so far. */
  readonly stderr: () => string;
  readonly ended: Promise<Ended>;
}

/** @param env what the process gets beside the environment of this one */
export function startCli(
  home: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Running {
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, DISPLAY: '', WAYLAND_DISPLAY: '', ...env, RESNET_LAB_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const watchers = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    for (const watcher of watchers) watcher();
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (exitCode, signal) => resolve({ exitCode, signal, stdout, stderr }));
  });
  return {
    process: child,
    ended,
    stderr: () => stderr,
    sees: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const isThere = typeof text === 'string' ? stderr.includes(text) : text.test(stderr);
          if (isThere) resolve();
        };
        watchers.add(look);
        void ended.then(() => reject(new Error(`It ended without "${text}":\n${stderr}`)));
        look();
      }),
  };
}

export function runCli(home: string, ...args: readonly string[]): Promise<Ended> {
  return startCli(home, args).ended;
}

/** The document that `--json` prints. */
export async function askCli(home: string, ...args: readonly string[]): Promise<unknown> {
  const { stdout, stderr, exitCode } = await runCli(home, ...args, '--json');
  if (exitCode !== 0) throw new Error(`resnet-lab ${args.join(' ')} failed:\n${stdout}${stderr}`);
  return JSON.parse(stdout);
}

/** Processes that this one has started: the trainer of a command. */
export function childrenOf(pid: number | undefined): readonly number[] {
  try {
    const text = execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' });
    return text.trim().split('\n').map(Number);
  } catch {
    // It has none, or has ended.
    return [];
  }
}

/** The trainer that a command has started. */
export function trainerOf(running: Running): number {
  const trainer = childrenOf(running.process.pid)[0];
  if (trainer === undefined) throw new Error('The command has started no trainer.');
  return trainer;
}

/** Whether a process that nobody here can wait for has ended, or does within the time. */
export async function gone(pid: number, withinMs = Infinity): Promise<boolean> {
  const end = performance.now() + withinMs;
  while (performance.now() < end) {
    try {
      process.kill(pid, 0);
    } catch {
      return true;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}
