// Runs one property of fast-check and says what it found, shrunk, with how to see it again.
import fc, { type Arbitrary } from 'fast-check';
import type { Context, Outcome } from '../attack.ts';

export interface Property<T> {
  readonly input: Arbitrary<T>;
  /** Undefined if all is well. */
  readonly fault: (input: T) => Promise<string | undefined>;
  readonly describe?: (input: T) => unknown;
}

/** So long a single attack may take; what it found by then counts. */
const LIMIT_MS = 30 * 60_000;

export async function checkProperty<T>(
  { input, fault, describe = (value) => value }: Property<T>,
  cases: number,
  { seed }: Pick<Context, 'seed'>,
): Promise<Outcome> {
  if (cases === 0) return { cases: 0, findings: [] };
  let problem = '';
  let done = 0;
  const details = await fc.check(
    fc.asyncProperty(input, async (value) => {
      done += 1;
      const found = await fault(value);
      if (found === undefined) return true;
      problem = found;
      return false;
    }),
    // oxlint-disable-next-line typescript/no-deprecated -- as a plugin it makes the input's type unknown
    { seed, numRuns: cases, interruptAfterTimeLimit: LIMIT_MS },
  );
  if (!details.failed) return { cases: done, findings: [] };
  const [smallest] = details.counterexample ?? [];
  const text = smallest === undefined ? '(none)' : shortened(JSON.stringify(describe(smallest)));
  const place = `seed ${details.seed}, path ${details.counterexamplePath ?? '-'}`;
  const what = problem === '' ? String(details.errorInstance) : problem;
  return { cases: done, findings: [{ problem: what, reproduction: `${place}: ${text}` }] };
}

function shortened(text: string): string {
  return text.length <= 1500 ? text : `${text.slice(0, 1500)}… (${text.length} characters)`;
}
