// The product as its users start it: the real command line, in processes of its own.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { projectFolder } from '../host/program-files.ts';

export interface Ended {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly process: ChildProcess;
  /** True when the text has appeared on stderr, false if the command ends before. */
  sees(text: string | RegExp): Promise<boolean>;
  readonly stderr: () => string;
  readonly ended: Promise<Ended>;
}

export interface ProductOptions {
  readonly home: string;
  readonly env?: Readonly<Record<string, string>>;
}

export function start({ home, env = {} }: ProductOptions, args: readonly string[]): Running {
  const program = path.join(projectFolder(), 'main', 'cli', 'resnet-lab.mjs');
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
      new Promise((resolve) => {
        const look = (): void => {
          const isThere = typeof text === 'string' ? stderr.includes(text) : text.test(stderr);
          if (isThere) resolve(true);
        };
        watchers.add(look);
        void ended.then(() => resolve(false));
        look();
      }),
  };
}

/** Runs a command to its end; it is killed when it takes longer. */
export async function run(
  options: ProductOptions,
  args: readonly string[],
  withinMs = 600_000,
): Promise<Ended & { readonly isLate: boolean }> {
  const running = start(options, args);
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    running.process.kill('SIGKILL');
  }, withinMs);
  const ended = await running.ended;
  clearTimeout(timer);
  return { ...ended, isLate };
}

/** What a user must never see of a command that failed; undefined if it failed well, or did not. */
export function complaintAbout(ended: Ended & { readonly isLate?: boolean }): string | undefined {
  const { exitCode, signal, stdout, stderr } = ended;
  if (ended.isLate === true) return 'it took too long and was killed';
  if (signal !== null) return `it ended by ${signal}`;
  if (/^\s+at .+[:/]\d+/m.test(stdout + stderr)) return `a stack trace: ${lastLines(stderr)}`;
  if (exitCode === 0) return undefined;
  if (exitCode !== 1 && exitCode !== 2) return `exit code ${exitCode}`;
  const code = /error\[([a-z-]+)\]: \S/.exec(stderr)?.[1] ?? codeOf(stdout);
  if (code === undefined) return `no coded sentence: ${lastLines(stderr)}`;
  return code === 'internal' ? `a defect: ${lastLines(stderr + stdout)}` : undefined;
}

function codeOf(stdout: string): string | undefined {
  return /"error": \{\s+"code": "([a-z-]+)"/.exec(stdout)?.[1];
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-3).join(' | ').slice(0, 400);
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

export function killHard(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

/** Whether a process that nobody here can wait for has ended within the time. */
export async function gone(pid: number, withinMs: number): Promise<boolean> {
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
