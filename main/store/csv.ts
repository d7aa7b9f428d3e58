// Series as CSV text: one row per step that any of them has, one column per component. Pure.
// Numbers read back to the same float32; a step that a series doesn't have is an empty field, which
// differs from a recorded NaN.
import { csvCell } from '../../shared/csv.ts';
import { wallTimeText, type Stretch } from '../../shared/contract/run-clock.ts';
import type { Series } from './series.ts';

export interface CsvOptions {
  /** Adds an `epoch` column. */
  readonly stepsPerEpoch?: number;
  /** Of a run whose length is told in epochs: its last batch may reach a little further. */
  readonly epochs?: number | null;
  /** Adds a `wall_time` column, ISO 8601 in UTC. */
  readonly stretches?: readonly Stretch[];
}

export function toCsv(series: readonly Series[], options: CsvOptions = {}): string {
  const { stepsPerEpoch, epochs, stretches = [] } = options;
  const epochHeader = stepsPerEpoch === undefined ? [] : ['epoch'];
  const timeHeader = stretches.length === 0 ? ['elapsed_ms'] : ['elapsed_ms', 'wall_time'];
  const header = ['step', ...epochHeader, ...timeHeader, ...series.flatMap(columnNames)];
  const lines = [header.map(csvCell).join(',')];
  const wallTime = wallTimeText(stretches);
  const cursors = series.map(() => 0);
  for (const step of allSteps(series)) {
    const cells: string[] = [];
    let time: number | undefined;
    series.forEach((one, i) => {
      const at = cursors[i] ?? 0;
      if (one.steps[at] !== step) {
        for (let c = 0; c < one.width; c++) cells.push('');
        return;
      }
      cursors[i] = at + 1;
      time ??= one.elapsedMs[at];
      for (let c = 0; c < one.width; c++) cells.push(shortestFloat(one.values[at * one.width + c]));
    });
    const epoch =
      stepsPerEpoch === undefined
        ? []
        : [String(round(Math.min(step / stepsPerEpoch, epochs ?? Infinity)))];
    const times = [String(Math.round(time ?? 0))];
    if (stretches.length > 0) times.push(wallTime(time ?? 0));
    lines.push([String(step), ...epoch, ...times, ...cells].join(','));
  }
  return `${lines.join('\n')}\n`;
}

function columnNames(series: Series): string[] {
  if (series.width === 1 && series.labels.length === 0) return [series.name];
  return Array.from(
    { length: series.width },
    (_, component) => `${series.name}[${series.labels[component] ?? component}]`,
  );
}

function allSteps(series: readonly Series[]): number[] {
  const steps = new Set<number>();
  for (const one of series) for (const step of one.steps) steps.add(step);
  return [...steps].sort((a, b) => a - b);
}

/** The fewest digits that give the same float32 again: 0.1, not 0.10000000149011612. */
function shortestFloat(value = NaN): string {
  if (!Number.isFinite(value)) return String(value);
  const maxDigits = 9;
  for (let digits = 6; digits < maxDigits; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(Number(value.toPrecision(maxDigits)));
}

function round(epoch: number): number {
  return Math.round(epoch * 1e6) / 1e6;
}
