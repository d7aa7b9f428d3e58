// The precision that a program is being recorded for, and which of its ops keep float32 whatever it is. Ops are
// recorded in float32; low-precision.ts rewrites the graph afterwards.
import type { Precision } from '../../../shared/spec/precision.ts';

export type LowPrecision = Exclude<Precision, 'float32'>;

/** TensorFlow's `DataType` numbers. */
export const LOW_TYPE: Readonly<Record<LowPrecision, number>> = { bfloat16: 14, float16: 19 };

let current: Precision = 'float32';
let isKept = false;

export function currentPrecision(): Precision {
  return current;
}

/** Ops of `body` are recorded for a program of this precision. */
export function inPrecision<T>(precision: Precision, body: () => T): T {
  const previous = current;
  current = precision;
  try {
    return body();
  } finally {
    current = previous;
  }
}

/** Ops of `body` compute in float32 in every precision. A backward pass runs later: it has to say so itself. */
export function keepFloat32<T>(body: () => T): T {
  const previous = isKept;
  isKept = true;
  try {
    return body();
  } finally {
    isKept = previous;
  }
}

export function isKeptFloat32(): boolean {
  return isKept;
}
