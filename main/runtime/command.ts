// Runs one child process to its end and keeps what it said. Exit codes are the caller's business;
// this file only knows how to start, watch and stop a command.
import { spawn } from 'node:child_process';
import { failure, hasErrorCode } from '../../shared/errors.ts';
import type { Environment } from './runtime.ts';

export interface CommandResult {
  /** False when there is no such program. */
  readonly found: boolean;
  /** undefined when it was ended by a signal. */
  readonly exitCode: number | undefined;
  readonly killedBy: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly env: Environment;
  readonly cwd?: string;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
  /** Called with each complete line of either stream. */
  readonly onLine?: (line: string) => void;
}

/** Compilers and pip can be talkative; only the end says what went wrong. */
const KEPT_CHARACTERS = 200_000;

export async function runCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  throwIfAborted(options.signal);
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
    // A group of its own, so that stopping also reaches what it started (cc1plus, node-pre-gyp).
    detached: process.platform !== 'win32',
  });
  const kept = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    let line = '';
    child[name].setEncoding('utf8');
    child[name].on('data', (text: string) => {
      kept[name] = (kept[name] + text).slice(-KEPT_CHARACTERS);
      if (options.onLine === undefined) return;
      const lines = (line + text).split(/\r?\n|\r/);
      line = lines.pop() ?? '';
      lines.forEach(options.onLine);
    });
    child[name].on('end', () => {
      if (line !== '') options.onLine?.(line);
    });
  }
  const stop = () => stopGroup(child.pid);
  const timer = options.timeoutMs === undefined ? undefined : setTimeout(stop, options.timeoutMs);
  options.signal?.addEventListener('abort', stop, { once: true });
  const forget = stopWithThisProcess(stop);
  try {
    const ended = await new Promise<{ code: number | null; killedBy: string | null }>(
      (resolve, reject) => {
        child.once('error', reject);
        child.once('close', (code, killedBy) => resolve({ code, killedBy }));
      },
    );
    throwIfAborted(options.signal);
    return {
      found: true,
      exitCode: ended.code ?? undefined,
      killedBy: ended.killedBy ?? undefined,
      ...kept,
    };
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT') || hasErrorCode(error, 'EACCES')) {
      return { found: false, exitCode: undefined, killedBy: undefined, stdout: '', stderr: '' };
    }
    throw error;
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', stop);
    forget();
  }
}

/**
 * A group of its own does not get a terminal's Ctrl-C, and Node's default ends a process without any
 * event. An application with handlers of its own is left alone: it stops us through its AbortSignal.
 */
function stopWithThisProcess(stop: () => void): () => void {
  const signals = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).filter(
    (name) => process.listenerCount(name) === 0,
  );
  const forget = () => {
    process.removeListener('exit', stop);
    for (const name of signals) process.removeListener(name, onSignal);
  };
  const onSignal = (name: NodeJS.Signals) => {
    stop();
    forget();
    process.kill(process.pid, name);
  };
  process.once('exit', stop);
  for (const name of signals) process.on(name, onSignal);
  return forget;
}

function stopGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch (error) {
    if (!hasErrorCode(error, 'ESRCH')) throw error;
  }
}

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) {
    throw failure('staging-stopped', 'Staging TensorFlow was stopped; start again to go on.', {
      cause: signal.reason,
    });
  }
}

/** The last lines that say something, for an error's details. */
export function lastLines(text: string, count = 12): readonly string[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .slice(-count);
}
