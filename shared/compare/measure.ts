// Which number of a run a table, a chart or the guard speaks about: a metric, and its final, best or
// last-k-mean value; or a cost. Pure. Knows which way is better and how it is written.
import type { Extent } from '../figures/extent.ts';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatPercent,
  formatSignificant,
} from '../format.ts';
import { FINAL_STEPS, isOfSteps } from '../curves/training-means.ts';
import type { ComparedRun, MetricSummary } from './compared-run.ts';
import {
  betterOf,
  boundsOf,
  isNats,
  isShare,
  isValidation,
  metricName,
  USUAL_METRICS,
} from './metric.ts';

export const VALUE_KINDS = ['final', 'best', 'last'] as const;
export type ValueKind = (typeof VALUE_KINDS)[number];

/** `final val/accuracy`, `best val/accuracy`, `last train/loss`, or `cost parameters`. */
export type MeasureId = string;

export interface Measure {
  readonly id: MeasureId;
  /** `Best validation accuracy`. */
  readonly title: string;
  /** How it is taken, where the title does not say it: `Mean over the last 50 steps`. */
  readonly explanation?: string | undefined;
  /** 1: more is better; −1: less is better; 0: neither, it only says what was spent. */
  readonly better: 1 | -1 | 0;
  readonly read: (run: ComparedRun) => number | null;
  readonly format: (value: number) => string;
  /** With the unit and the digits of a spread: `91.3 ± 0.4 %`. */
  readonly formatSpread: (mean: number, half: number) => string;
  /** Signed, with its unit: `+0.8 pp`. With an uncertainty, to the digits that it deserves. */
  readonly formatDelta: (delta: number, half?: number) => string;
  /** For an axis. */
  readonly axis: string;
  /** What an axis shows is the value times this. */
  readonly axisFactor: number;
  /** What its value can't exceed, and neither may an error bar. */
  readonly bounds: Extent;
}

const KIND_NAMES: Readonly<Record<ValueKind, string>> = {
  final: 'final',
  best: 'best',
  last: 'mean of last points of',
};

export function valueOf(summary: MetricSummary, kind: ValueKind): number | null {
  switch (kind) {
    case 'final':
      return summary.final;
    case 'last':
      return summary.lastMean;
    case 'best':
      return summary.best;
  }
}

export function metricMeasure(metric: string, kind: ValueKind): Measure {
  const share = isShare(metric);
  return {
    id: `${kind} ${metric}`,
    title: capital(`${KIND_NAMES[kind]} ${metricName(metric)}`),
    explanation: explanationOf(metric, kind),
    better: betterOf(metric),
    read: (run) => {
      const found = run.metrics.find(({ name }) => name === metric);
      return found ? valueOf(found, kind) : null;
    },
    ...(share ? shareFormat : plainFormat),
    axis: `${capital(metricName(metric))}${share ? ' (%)' : isNats(metric) ? ' (nats)' : ''}`,
    axisFactor: share ? 100 : 1,
    bounds: boundsOf(metric),
  };
}

function explanationOf(metric: string, kind: ValueKind): string | undefined {
  if (kind === 'final' && isOfSteps(metric)) return `Mean over the last ${FINAL_STEPS} steps`;
  if (kind === 'best' && isOfSteps(metric)) return 'Of a single step';
  if (kind === 'best' && isValidation(metric)) {
    return 'At the best checkpoint, by the metric that the recipe monitors';
  }
  return undefined;
}

type Format = Pick<Measure, 'format' | 'formatSpread' | 'formatDelta'>;

const shareFormat: Format = {
  format: (value) => formatPercent(value),
  formatSpread: (mean, half) => `${(mean * 100).toFixed(1)} ± ${twoDigits(half * 100)} %`,
  formatDelta: (delta, half) => {
    const decimals = half === undefined ? 1 : Math.max(1, deltaDecimals(half * 100));
    return `${signOf(delta)}${Math.abs(delta * 100).toFixed(decimals)} pp`;
  },
};

const plainFormat: Format = {
  format: (value) => formatSignificant(value),
  formatSpread: (mean, half) => plainSpread(mean, half),
  formatDelta: (delta, half) =>
    half !== undefined && half > 0 && deltaDecimals(half) <= 6
      ? `${signOf(delta)}${Math.abs(delta).toFixed(Math.max(0, deltaDecimals(half)))}`
      : `${signOf(delta)}${formatSignificant(Math.abs(delta), 3)}`,
};

/** Both to the same decimals, as many as the spread deserves: two digits up to 2, else one. */
function plainSpread(mean: number, half: number): string {
  const decimals = spreadDecimals(half);
  return half > 0 && decimals >= 0 && decimals <= 6
    ? `${mean.toFixed(decimals)} ± ${half.toFixed(decimals)}`
    : `${formatSignificant(mean)} ± ${formatSignificant(half, 2)}`;
}

/** Two digits of a spread up to 2, else one. */
function spreadDecimals(half: number): number {
  const power = Math.floor(Math.log10(half));
  return (half / 10 ** power < 2 ? 1 : 0) - power;
}

/** As many as half of an interval deserves, at most six. */
function deltaDecimals(half: number): number {
  return half > 0 ? Math.min(6, spreadDecimals(half)) : 1;
}

/** `813 ± 9 MiB`, `2.2 ± 0.4 k`: the spread in the mean's unit, both to the digits of the spread. */
function unitSpread(format: (value: number) => string, mean: number, half: number): string {
  const text = format(mean);
  const [number = '', unit, ...rest] = text.split(' ');
  const inUnit = (half * Number(number)) / mean;
  if (unit === undefined || rest.length > 0 || !(inUnit > 0)) {
    return withOneUnit(text, format(half));
  }
  // No more digits than the mean has in its unit.
  const known = number.split('.')[1]?.length ?? 0;
  const decimals = Math.min(known, Math.max(0, spreadDecimals(inUnit)));
  const spread = inUnit.toFixed(decimals);
  const isSeen = Number(spread) > 0;
  return `${Number(number).toFixed(decimals)} ± ${isSeen ? spread : formatSignificant(inUnit, 1)} ${unit}`;
}

/** `813 ± 8.5 MiB` where both have the unit, else each with its own. */
function withOneUnit(mean: string, half: string): string {
  const [number, unit, ...rest] = mean.split(' ');
  const [halfNumber, halfUnit, ...halfRest] = half.split(' ');
  const isOne = unit === halfUnit && rest.length === 0 && halfRest.length === 0;
  return isOne && unit !== undefined
    ? `${number ?? ''} ± ${halfNumber ?? ''} ${unit}`
    : `${mean} ± ${half}`;
}

function unitFormat(format: (value: number) => string): Format {
  return {
    format,
    formatSpread: (mean, half) => unitSpread(format, mean, half),
    formatDelta: (delta) => `${signOf(delta)}${format(Math.abs(delta))}`,
  };
}

/** Under a minute both are seconds: `7.1 ± 0.8 s`, not `7.1 s ± 795 ms`. */
const durationFormat: Format = {
  ...unitFormat(formatDuration),
  formatSpread: (mean, half) =>
    mean >= 1000 && mean < 60_000
      ? `${plainSpread(mean / 1000, half / 1000)} s`
      : withOneUnit(formatDuration(mean), formatDuration(half)),
};

function cost(
  name: string,
  title: string,
  read: Measure['read'],
  format: Format,
  axis: string,
  axisFactor = 1,
): Measure {
  return {
    id: `cost ${name}`,
    title,
    better: 0,
    read,
    ...format,
    axis,
    axisFactor,
    bounds: { low: 0, high: Infinity },
  };
}

const fromRow =
  (name: string): Measure['read'] =>
  ({ run }) =>
    run.metrics[name] ?? null;

export const COSTS: readonly Measure[] = [
  cost('parameters', 'Parameters', (run) => run.parameters, unitFormat(formatCount), 'Parameters'),
  cost('macs', 'MACs', (run) => run.macs, unitFormat(formatCount), 'Multiply-adds per image'),
  cost('depth', 'Layers', (run) => run.depth, unitFormat(String), 'Layers on the main path'),
  cost(
    'time',
    'Training time',
    ({ run }) => run.elapsedMs,
    durationFormat,
    'Training time (s)',
    1e-3,
  ),
  cost(
    'speed',
    'Images/s',
    fromRow('imagesPerSecond'),
    unitFormat(formatCount),
    'Images per second',
  ),
  cost(
    'memory',
    'Peak memory',
    fromRow('peakMemoryBytes'),
    unitFormat(formatBytes),
    'Peak memory (GiB)',
    2 ** -30,
  ),
];

/** Undefined for an id that names nothing, say of a later version. */
export function findMeasure(id: MeasureId): Measure | undefined {
  const known = COSTS.find((measure) => measure.id === id);
  if (known) return known;
  const [kind, metric] = id.split(' ', 2);
  const found = VALUE_KINDS.find((name) => name === kind);
  return found !== undefined && metric ? metricMeasure(metric, found) : undefined;
}

/** What runs are judged by where nobody has chosen: validation accuracy; autoencoders, which have none, by their loss. */
export function usualMeasure(runs: readonly ComparedRun[]): Measure {
  const areAutoencoders = runs.length > 0 && runs.every(({ run }) => run.family === 'autoencoder');
  return metricMeasure(areAutoencoders ? 'val/loss' : 'val/accuracy', 'best');
}

/** Names of the scalar series that any of the runs has, the usual ones first. */
export function metricsOf(runs: readonly ComparedRun[]): readonly string[] {
  const names = new Set(runs.flatMap(({ metrics }) => metrics.map(({ name }) => name)));
  const usual = USUAL_METRICS.filter((name) => names.has(name));
  return [...usual, ...[...names].filter((name) => !usual.includes(name)).sort()];
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function signOf(value: number): string {
  return value < 0 ? '−' : '+';
}

/** `0.4`, `0.04`, `12`: a spread needs no more, and below that it is none beside one decimal. */
function twoDigits(value: number): string {
  if (value < 0.005) return '0';
  return value >= 0.1 ? value.toFixed(1) : value.toPrecision(1);
}
