// Computes cases in child processes and outlives their deaths: the case that a child died at is noted and
// the next child goes on behind it.
import { fork } from 'node:child_process';
import type { FromKernelChild, KernelWork } from './child.ts';
import type { KernelForm, KernelValues } from './parts.ts';
import type { KernelCase } from './shapes.ts';

export type Outcome =
  | { readonly kind: 'computed'; readonly values: KernelValues }
  | { readonly kind: 'refused'; readonly reason: string }
  /** `how`: a signal, or `no answer within 10 s`. */
  | { readonly kind: 'died'; readonly how: string; readonly lastWords: string };

export interface RunOptions {
  /** The program that answers as `computeForParent`, with its arguments. */
  readonly program: readonly [file: string, ...args: string[]];
  readonly form: KernelForm;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly execArgv?: readonly string[];
  /** No case is begun after this moment (`performance.now()`). */
  readonly until?: number;
  readonly onOutcome: (index: number, outcome: Outcome) => void;
}

/** A kernel that hangs is as wrong as one that ends the process. */
const SILENCE_MS = 10_000;
/** The first answer waits for TensorFlow to load. */
const START_MS = 120_000;
/** oneDNN keeps what it compiled for each shape, so a child that lives too long fills the memory. */
const CASES_A_CHILD = 150;

/** Tells each outcome once, in order; how many cases were begun. */
export async function computeInChildren(
  cases: readonly KernelCase[],
  options: RunOptions,
): Promise<number> {
  let next = 0;
  while (next < cases.length && performance.now() < (options.until ?? Infinity)) {
    const first = next;
    const some = cases.slice(first, first + CASES_A_CHILD);
    const seen = await oneChild({ form: options.form, cases: some }, options, first);
    if (seen === 0) break;
    next += seen;
  }
  return next;
}

/** Resolves with how many outcomes were reported. */
function oneChild(work: KernelWork, options: RunOptions, first: number): Promise<number> {
  const [file, ...args] = options.program;
  const child = fork(file, args, {
    serialization: 'advanced',
    env: { ...options.env },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    ...(options.execArgv === undefined ? {} : { execArgv: [...options.execArgv] }),
  });
  let outcomeCount = 0;
  let begun: number | undefined;
  let words = '';
  let isSilent = false;
  let isDone = false;
  return new Promise((resolve, reject) => {
    const silence = (): NodeJS.Timeout =>
      setTimeout(
        () => {
          isSilent = true;
          child.kill('SIGKILL');
        },
        begun === undefined ? START_MS : SILENCE_MS,
      );
    let timer = silence();
    const report = (outcome: Outcome): void => {
      options.onOutcome(first + outcomeCount, outcome);
      outcomeCount += 1;
      begun = undefined;
      if (performance.now() > (options.until ?? Infinity)) {
        isDone = true;
        child.kill();
      }
    };
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-2000);
    });
    child.on('message', (message) => {
      clearTimeout(timer);
      const answer = message as FromKernelChild;
      if (isDone) return;
      if (answer.kind === 'begun') begun = answer.index;
      else if (answer.kind === 'computed') report({ kind: 'computed', values: answer.values });
      else report({ kind: 'refused', reason: answer.reason });
      timer = silence();
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const how = isSilent ? `no answer within ${SILENCE_MS / 1000} s` : (signal ?? `exit ${code}`);
      const isEarly = !isDone && outcomeCount < work.cases.length;
      if (isEarly && begun === undefined && outcomeCount === 0) {
        reject(new Error(`The kernel check could not start: ${how}. ${words.trim()}`));
        return;
      }
      if (isEarly) report({ kind: 'died', how, lastWords: words.trim().split('\n').at(-1) ?? '' });
      resolve(outcomeCount);
    });
    child.send(work);
  });
}
