// The command line under attack: with a time limit, and what it must never say.
import { startCli, type Ended, type Running } from '../cli/testing/command-line.ts';

export interface ProductOptions {
  readonly home: string;
  readonly env?: Readonly<Record<string, string>>;
}

export function start({ home, env }: ProductOptions, args: readonly string[]): Running {
  return startCli(home, args, env);
}

/** True when the text has appeared on stderr, false if the command ends before. */
export function saw(running: Running, text: string | RegExp): Promise<boolean> {
  return running.sees(text).then(
    () => true,
    () => false,
  );
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

export function killHard(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
