// A chart's data as CSV: every point that the chart holds, raw and smoothed, one row each. Pure.
import type { Curve } from './curve.ts';

/** A column of places: its name and how one is written. */
export interface CsvColumn {
  readonly name: string;
  readonly format?: (value: number) => string;
}

export function chartCsv(curves: readonly Curve[], x: CsvColumn, yName: string): string {
  const { format = plain } = x;
  const rows = [['curve', x.name, yName, 'smoothed', 'low', 'high', 'seeds'].map(quoted).join(',')];
  for (const { label, raw, smoothed, band } of curves) {
    const name = quoted(label);
    for (let i = 0; i < raw.x.length; i++) {
      const cells = [
        name,
        format(raw.x[i] ?? Number.NaN),
        plain(raw.y[i]),
        plain(smoothed?.y[i]),
        plain(band?.low.y[i]),
        plain(band?.high.y[i]),
        String(band?.n[i] ?? 1),
      ];
      rows.push(cells.join(','));
    }
  }
  return `${rows.join('\r\n')}\r\n`;
}

/** More digits than a float32 has; steps and times are longer. */
function plain(value: number | undefined): string {
  return value === undefined ? '' : String(Number(value.toPrecision(12)));
}

/** A text as one cell; what spreadsheets would run as a formula is defused. */
export function quoted(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
