// Whether a convolution came out right: held against what TensorFlow's own kernels computed of the same
// numbers. Pure.
import { PARTS, type KernelValues } from './parts.ts';
import type { Outcome } from './run-children.ts';
import { describeCase, kindOf, type KernelCase } from './shapes.ts';

/** Of the largest element; sums of ten thousand float32 products differ by a tenth of it. */
const TOLERANCE = 1e-4;

export interface Fault {
  readonly case: KernelCase;
  readonly text: string;
  /** Which part is wrong and by how much, or how the process ended. */
  readonly problems: readonly string[];
}

export interface Tally {
  readonly kind: string;
  readonly cases: number;
  readonly faults: number;
}

/** What is wrong with an outcome; empty for a right one. */
export function problemsOf(outcome: Outcome, reference: KernelValues): string[] {
  switch (outcome.kind) {
    case 'died':
      return [`the process ended: ${outcome.how}`];
    case 'refused':
      return [`refused: ${outcome.reason}`];
    case 'computed':
      return PARTS.flatMap((part) => {
        const error = relativeError(outcome.values[part], reference[part]);
        return error <= TOLERANCE ? [] : [`${part} off by ${(100 * error).toPrecision(2)} %`];
      });
  }
}

/** The largest difference, as a fraction of the largest element; not a number counts as infinite. */
export function relativeError(values: Float32Array, reference: Float32Array): number {
  if (values.length !== reference.length) return Infinity;
  let worst = 0;
  let scale = 0;
  for (const [index, expected] of reference.entries()) {
    const difference = Math.abs((values[index] ?? NaN) - expected);
    if (!(difference <= worst)) worst = Number.isNaN(difference) ? Infinity : difference;
    scale = Math.max(scale, Math.abs(expected));
  }
  return worst === 0 ? 0 : worst / scale;
}

export function faultOf(of: KernelCase, problems: readonly string[]): Fault {
  return { case: of, text: describeCase(of), problems };
}

/** Cases and faults by kind of convolution, those with most faults first. */
export function tally(cases: readonly KernelCase[], faults: readonly Fault[]): Tally[] {
  const count = (some: readonly KernelCase[]): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const of of some) counts.set(kindOf(of), (counts.get(kindOf(of)) ?? 0) + 1);
    return counts;
  };
  const faulty = count(faults.map((fault) => fault.case));
  return [...count(cases)]
    .map(([kind, number]) => ({ kind, cases: number, faults: faulty.get(kind) ?? 0 }))
    .sort((a, b) => b.faults - a.faults || (a.kind < b.kind ? -1 : 1));
}
