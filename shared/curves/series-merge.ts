// Puts new points at the end of a series, and takes components out of one. Pure.
import { indexAt } from '../index-at.ts';

/** What of a series matters here; the rest of it stays as it is. */
export interface ThinnedSeries {
  /** Numbers a point. */
  readonly width: number;
  readonly steps: Int32Array;
  readonly elapsedMs: Float64Array;
  readonly values: Float32Array;
  /** Before it was thinned out. */
  readonly pointCount: number;
}

/** `more` follows `known`; where they overlap, `more` is right: a resumed run computes steps anew. */
export function appendSeries<S extends ThinnedSeries>(known: S, more: S): S {
  const [first] = more.steps;
  if (first === undefined) return known;
  const kept = indexAt(known.steps, first);
  return joined(known, [piece(known, 0, kept), piece(more, 0, more.steps.length)]);
}

/** One component of a vector series as values over its points. */
export function component(
  series: Pick<ThinnedSeries, 'width' | 'steps' | 'values'>,
  index: number,
): Float32Array {
  if (series.width === 1) return series.values;
  return Float32Array.from(
    series.steps,
    (_, i) => series.values[i * series.width + index] ?? Number.NaN,
  );
}

interface Piece {
  readonly steps: Int32Array;
  readonly elapsedMs: Float64Array;
  readonly values: Float32Array;
}

function piece(series: ThinnedSeries, from: number, to: number): Piece {
  return {
    steps: series.steps.subarray(from, to),
    elapsedMs: series.elapsedMs.subarray(from, to),
    values: series.values.subarray(from * series.width, to * series.width),
  };
}

function joined<S extends ThinnedSeries>(like: S, pieces: readonly Piece[]): S {
  const count = pieces.reduce((sum, { steps }) => sum + steps.length, 0);
  const steps = new Int32Array(count);
  const elapsedMs = new Float64Array(count);
  const values = new Float32Array(count * like.width);
  let at = 0;
  for (const part of pieces) {
    steps.set(part.steps, at);
    elapsedMs.set(part.elapsedMs, at);
    values.set(part.values, at * like.width);
    at += part.steps.length;
  }
  return { ...like, steps, elapsedMs, values, pointCount: Math.max(like.pointCount, count) };
}
