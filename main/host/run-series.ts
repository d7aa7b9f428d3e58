// Series of runs as the command line and the window read them. Queries only.
import { stretchesOf } from '../../shared/contract/run-clock.ts';
import { inputError } from '../../shared/errors.ts';
import { thinnedIndices, thinnedRows } from '../../shared/curves/thin.ts';
import { closestNames } from '../../shared/spec/closest.ts';
import { toCsv } from '../store/csv.ts';
import type { Library } from '../store/library.ts';
import type { Series } from '../store/series.ts';
import type { RunRecord } from '../store/run-record.ts';

export type { Series } from '../store/series.ts';

/**
 * The named series of a run, or all.
 * @throws inputError `no-such-series`, naming what is there
 */
export function readSeries(
  library: Library,
  reference: string,
  names: readonly string[] = [],
): { readonly run: RunRecord; readonly series: readonly Series[] } {
  const run = library.runs.get(reference);
  const known = library.series.list(run.id).map((info) => info.name);
  const missing = names.find((name) => !known.includes(name));
  if (missing !== undefined) throw noSuchSeries(run.id, missing, known);
  const series = library.series.readAll(run.id, names.length === 0 ? undefined : names);
  return { run, series };
}

export function seriesCsv(run: RunRecord, series: readonly Series[]): string {
  const stepsPerEpoch = stepsPerEpochOf(run);
  return toCsv(series, {
    stretches: stretchesOf(run),
    epochs: run.metrics['plannedEpochs'] ?? null,
    ...(stepsPerEpoch === undefined ? {} : { stepsPerEpoch }),
  });
}

/**
 * At most `maxPoints` points. Scalars keep the smallest and the largest of each bucket, vectors the point
 * of the largest norm. For drawing: nothing may be computed from what is left.
 */
export function thinnedSeries(series: Series, maxPoints: number): Series {
  const { steps, elapsedMs, values, width } = series;
  const count = steps.length;
  if (count <= maxPoints) return series;
  const kept =
    width === 1
      ? thinnedIndices([values], { from: 0, to: count }, maxPoints)
      : thinnedRows(series, maxPoints);
  const rows = new Float32Array(kept.length * width);
  kept.forEach((from, to) => {
    rows.set(values.subarray(from * width, (from + 1) * width), to * width);
  });
  return {
    ...series,
    steps: kept.map((index) => steps[index] ?? 0),
    elapsedMs: Float64Array.from(kept, (index) => elapsedMs[index] ?? 0),
    values: rows,
  };
}

/** Known once the trainer has prepared the run. */
export function stepsPerEpochOf(run: RunRecord): number | undefined {
  const { environment } = run;
  if (typeof environment !== 'object' || environment === null) return undefined;
  const { prepared } = environment as { prepared?: { stepsPerEpoch?: unknown } };
  const value = prepared?.stepsPerEpoch;
  return typeof value === 'number' ? value : undefined;
}

function noSuchSeries(id: string, name: string, known: readonly string[]): Error {
  if (known.length === 0) {
    return inputError(
      'no-such-series',
      `The run ${id} has no series yet; it has not taken a step.`,
    );
  }
  const [close] = closestNames(name, known);
  const hint = close === undefined ? '' : ` Did you mean ${close}?`;
  return inputError(
    'no-such-series',
    `The run ${id} has no series "${name}".${hint} It has: ${known.join(', ')}.`,
    { details: { given: name, known } },
  );
}
