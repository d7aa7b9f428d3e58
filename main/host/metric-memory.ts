// Series in a few numbers, remembered while their points are the same: comparing fifty runs again, or
// looking at a report while it is written, reads nothing twice. Small, and let go with its library.
import type { MetricSummary } from '../../shared/compare/compared-run.ts';
import { isValidation } from '../../shared/compare/metric.ts';
import { summarizeSeries } from '../../shared/compare/summarize-series.ts';
import { bestEvaluation, type Monitor } from '../../shared/curves/best-evaluation.ts';
import type { Library } from '../store/library.ts';
import type { RunRecord } from '../store/run-record.ts';

/** A few hundred bytes each. */
const MOST_KEPT = 20_000;

interface Kept {
  /** Of the points and of the run that they belong to. */
  readonly state: string;
  readonly summary: MetricSummary;
}

const memories = new WeakMap<Library, Map<string, Kept>>();

/** Every scalar series of the run, in the order of their names. */
export function metricsOfRun(
  library: Library,
  record: RunRecord,
  { lastK, monitor }: { readonly lastK: number; readonly monitor: Monitor },
): MetricSummary[] {
  const kept = memories.get(library) ?? new Map<string, Kept>();
  memories.set(library, kept);
  const scalars = library.series
    .list(record.id)
    .filter(({ width, labels }) => width === 1 && labels.length === 0)
    .map((info) => ({
      name: info.name,
      key: `${record.id} ${lastK} ${info.name}`,
      state: `${info.pointCount} ${info.lastStep} ${record.step} ${record.elapsedMs} ${record.status}`,
    }));
  const missing = scalars.filter(({ key, state }) => kept.get(key)?.state !== state);
  if (kept.size > MOST_KEPT) kept.clear();
  const names = missing.map(({ name }) => name);
  const monitored = `val/${monitor}`;
  // The best of all validation values is where the monitored one is best.
  const isWanted = names.some(isValidation) && !names.includes(monitored);
  const wanted = isWanted ? [...names, monitored] : names;
  const read = names.length === 0 ? [] : library.series.readAll(record.id, wanted);
  const best = read.find(({ name }) => name === monitored);
  const bestAt =
    best && bestEvaluation(monitor, { accuracy: [], loss: [], [monitor]: best.values });
  const made = new Map(
    read.map((series) => {
      const options = isValidation(series.name) ? { lastK, bestAt } : { lastK };
      return [series.name, summarizeSeries(series, options)];
    }),
  );
  return scalars.flatMap(({ name, key, state }): MetricSummary[] => {
    const summary = made.get(name) ?? kept.get(key)?.summary;
    if (summary === undefined) return [];
    kept.set(key, { state, summary });
    return [summary];
  });
}
