// Series as CSV text: one row per step that any of them has, one column per component. Pure.
// Numbers read back to the same float32; a step that a series doesn't have is an empty field, which
// differs from a recorded NaN.
import type { Series } from './series.ts';

export interface CsvOptions {
  /** Adds an `epoch` column. */
  readonly stepsPerEpoch?: number;
}

export function toCsv(series: readonly Series[], options: CsvOptions = {}): string {
  const { stepsPerEpoch } = options;
  const epochHeader = stepsPerEpoch === undefined ? [] : ['epoch'];
  const header = ['step', ...epochHeader, 'elapsed_ms', ...series.flatMap(columnNames)];
  const lines = [header.map(quoted).join(',')];
  const cursors = series.map(() => 0);
  for (const step of allSteps(series)) {
    const cells: string[] = [];
    let elapsedMs = '';
    series.forEach((one, i) => {
      const at = cursors[i] ?? 0;
      if (one.steps[at] !== step) {
        for (let c = 0; c < one.width; c++) cells.push('');
        return;
      }
      cursors[i] = at + 1;
      if (elapsedMs === '') elapsedMs = String(Math.round(one.elapsedMs[at] ?? 0));
      for (let c = 0; c < one.width; c++) cells.push(shortestFloat(one.values[at * one.width + c]));
    });
    const epoch = stepsPerEpoch === undefined ? [] : [String(round(step / stepsPerEpoch))];
    lines.push([String(step), ...epoch, elapsedMs, ...cells].join(','));
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

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
