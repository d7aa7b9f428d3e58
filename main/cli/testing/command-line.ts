// The command line as a process of its own, as users start it.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../resnet-lab.mjs', import.meta.url));

export interface Ended {
  readonly exitCode: number | NodeJS.Signals;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly process: ChildProcess;
  /** Resolves when the text has appeared on stderr; rejects if the command ends before. */
  sees(text: string): Promise<void>;
  readonly ended: Promise<Ended>;
}

export function startCli(home: string, args: readonly string[]): Running {
  const child = spawn(process.execPath, [program, ...args], {
    env: { ...process.env, RESNET_LAB_HOME: home, DISPLAY: '', WAYLAND_DISPLAY: '' },
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
    child.on('close', (code, signal) => resolve({ exitCode: signal ?? code ?? 0, stdout, stderr }));
  });
  return {
    process: child,
    ended,
    sees: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (stderr.includes(text)) resolve();
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

/** The trainer that a command has started. */
export function trainerOf(running: Running): number {
  const parent = String(running.process.pid);
  return Number(execFileSync('pgrep', ['-P', parent], { encoding: 'utf8' }).trim().split('\n')[0]);
}

/** Resolves when a process that nobody here can wait for has ended. */
export async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
