// The kernel check: the same convolutions in several ways, each in processes of its own, all held against
// TensorFlow's own kernels. Bounded in time; how many cases were seen is part of the answer.
import { faultOf, problemsOf, type Fault } from './judge.ts';
import type { KernelForm, KernelValues } from './parts.ts';
import { computeInChildren, type Outcome, type RunOptions } from './run-children.ts';
import type { KernelCase } from './shapes.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A way to compute. */
export interface Way {
  readonly name: string;
  readonly form: KernelForm;
  /** Added to the environment. */
  readonly env: Environment;
}

export interface WayResult {
  readonly name: string;
  /** Cases that were held against the reference. */
  readonly cases: readonly KernelCase[];
  readonly faults: readonly Fault[];
}

/** Only oneDNN has the faults that were seen; without it TensorFlow uses Eigen's kernels. */
export const WITHOUT_ONEDNN = { TF_ENABLE_ONEDNN_OPTS: '0' } as const;

/**
 * glibc's checking allocator finds a write behind an allocation when that is freed, which ends the process at
 * the case that wrote and not at a later one.
 */
const CHECKED_MEMORY: Environment =
  process.platform === 'linux'
    ? { LD_PRELOAD: 'libc_malloc_debug.so.0', GLIBC_TUNABLES: 'glibc.malloc.check=3' }
    : {};

/** Small, so that all ways have seen the same cases when time is up. */
const CASES_A_TURN = 120;

export interface CheckOptions {
  readonly cases: readonly KernelCase[];
  readonly ways: readonly Way[];
  readonly program: RunOptions['program'];
  readonly execArgv?: readonly string[];
  readonly env: Environment;
  /** No case is begun later than this after the start. */
  readonly limitMs: number;
  readonly onProgress?: (done: number) => void;
}

export async function checkKernels(options: CheckOptions): Promise<WayResult[]> {
  const { cases, ways, limitMs } = options;
  const until = performance.now() + limitMs;
  const results = ways.map(({ name }) => ({
    name,
    cases: [] as KernelCase[],
    faults: [] as Fault[],
  }));
  for (let first = 0; first < cases.length && performance.now() < until; first += CASES_A_TURN) {
    const some = cases.slice(first, first + CASES_A_TURN);
    const now = performance.now();
    const share = (until - now) / (ways.length + 1);
    const references = await reference(some, options, now + share);
    const known = some.slice(0, references.length);
    for (const [index, way] of ways.entries()) {
      const result = results[index];
      await compute(
        known,
        { ...options, ...way, env: { ...options.env, ...CHECKED_MEMORY, ...way.env } },
        until,
        (at, outcome) => {
          const [of, expected] = [known[at], references[at]];
          if (result === undefined || of === undefined || expected === undefined) return;
          const problems = problemsOf(outcome, expected);
          result.cases.push(of);
          if (problems.length > 0) result.faults.push(faultOf(of, problems));
        },
      );
    }
    options.onProgress?.(results[0]?.cases.length ?? 0);
  }
  return results;
}

/** TensorFlow's own kernels; grouped and dilated ones are put together from plain ones by the engine. */
async function reference(
  cases: readonly KernelCase[],
  options: CheckOptions,
  until: number,
): Promise<KernelValues[]> {
  const values: KernelValues[] = [];
  const env = { ...options.env, ...WITHOUT_ONEDNN };
  await compute(cases, { ...options, form: 'app', env }, until, (index, outcome) => {
    if (outcome.kind !== 'computed') {
      const why = outcome.kind === 'died' ? outcome.how : outcome.reason;
      throw new Error(`TensorFlow's own kernels failed at case ${index}: ${why}`);
    }
    values.push(outcome.values);
  });
  return values;
}

async function compute(
  cases: readonly KernelCase[],
  how: Pick<RunOptions, 'program' | 'form' | 'env'> & Pick<CheckOptions, 'execArgv'>,
  until: number,
  onOutcome: (index: number, outcome: Outcome) => void,
): Promise<void> {
  const { program, form, env, execArgv } = how;
  await computeInChildren(cases, {
    program,
    form,
    env,
    until,
    onOutcome,
    ...(execArgv === undefined ? {} : { execArgv }),
  });
}
