// A step in several parts: which examples and which seed each part has, and what the parts say together.
import type { Batch, Diagnostics, TrainRequest, TrainResult } from './network.ts';

/** What one call is given: its examples, and a seed for each replica that has a part of them. */
export interface CallRequest extends Pick<TrainRequest, 'batch' | 'gates' | 'lossScale'> {
  readonly seeds: readonly (readonly [number, number])[];
}

/** Calls of equal size, in order. */
export function callsOf(
  { batch, seed, gates, lossScale }: Omit<TrainRequest, 'diagnostics' | 'update'>,
  { count, replicas }: { readonly count: number; readonly replicas: number },
): CallRequest[] {
  return Array.from({ length: count }, (_, call) => ({
    batch: partOf(batch, call, count),
    seeds: Array.from(
      { length: replicas },
      (__, replica) => [saltedBy(call * replicas + replica, seed[0]), seed[1]] as const,
    ),
    ...(gates === undefined ? {} : { gates }),
    ...(lossScale === undefined ? {} : { lossScale }),
  }));
}

/** Other crops, flips and masks in each part; the first keeps the step's own seed. */
function saltedBy(part: number, seed: number): number {
  return (seed ^ Math.imul(part, 0x9e37_79b9)) | 0;
}

function partOf(batch: Batch, part: number, count: number): Batch {
  const cut = <T extends Int32Array | Uint8Array>(values: T): T => {
    const size = values.length / count;
    return values.subarray(part * size, (part + 1) * size) as T;
  };
  switch (batch.kind) {
    case 'resident':
      return { kind: 'resident', indices: cut(batch.indices) };
    case 'streamed':
      return { kind: 'streamed', images: cut(batch.images), labels: cut(batch.labels) };
  }
}

export type PartResult = Pick<TrainResult, 'loss' | 'top1' | 'top5' | 'elbo'> &
  Partial<Pick<Diagnostics, 'inputGradientNorm' | 'responseDeviation'>>;

/**
 * Means over the parts. ‖dL/dx‖ of the whole batch: its loss is the mean of the parts', and their
 * gradients stand beside each other, so it is √Σ‖·‖² / count. Responses: root mean square, each part
 * having been normalized by itself.
 */
export function joinParts(
  parts: readonly PartResult[],
  norms: Pick<Diagnostics, 'gradientNorm' | 'weightNorm'> | undefined,
): Omit<TrainResult, 'skipped'> {
  const mean = (pick: (part: PartResult) => number): number =>
    parts.reduce((sum, part) => sum + pick(part), 0) / parts.length;
  const rootOfSquares = (pick: (part: PartResult) => Float32Array | undefined): Float32Array => {
    const all = parts.map((part) => pick(part) ?? new Float32Array());
    return Float32Array.from(all[0] ?? [], (_, i) =>
      Math.sqrt(all.reduce((sum, values) => sum + (values[i] ?? 0) ** 2, 0)),
    );
  };
  const result = {
    loss: mean((part) => part.loss),
    top1: mean((part) => part.top1),
    top5: mean((part) => part.top5),
    ...(parts.some(({ elbo }) => elbo === undefined)
      ? {}
      : {
          elbo: {
            reconstruction: mean(({ elbo }) => elbo?.reconstruction ?? Number.NaN),
            divergence: mean(({ elbo }) => elbo?.divergence ?? Number.NaN),
          },
        }),
  };
  if (norms === undefined) return { ...result, diagnostics: undefined };
  const inputGradients = rootOfSquares((part) => part.inputGradientNorm);
  const responses = rootOfSquares((part) => part.responseDeviation);
  return {
    ...result,
    diagnostics: {
      ...norms,
      inputGradientNorm: inputGradients.map((norm) => norm / parts.length),
      responseDeviation: responses.map((norm) => norm / Math.sqrt(parts.length)),
    },
  };
}
