// A chart's data as CSV: every point, as measured and smoothed in columns of their own, one row each. Pure.
import { csvCell } from '../../shared/csv.ts';
import type { CurveBand } from '../../shared/curves/curve-data.ts';
import type { Line } from '../../shared/stats/band.ts';

/** A column of places: its name and how one is written. */
export interface CsvColumn {
  readonly name: string;
  readonly format?: (value: number) => string;
}

/** Every point of a curve. */
export interface CsvCurve {
  readonly label: string;
  readonly line: Line;
  /** Before smoothing, at the same places; null where nothing was smoothed. */
  readonly raw: Line | null;
  readonly band: CurveBand | null;
  /** Runs that the line is the mean of. */
  readonly n: number;
}

export function chartCsv(curves: readonly CsvCurve[], x: CsvColumn, yName: string): string {
  const { format = plain } = x;
  const head = ['curve', x.name, yName, `${yName}, smoothed`, 'low', 'high', 'seeds'];
  const rows = [head.map(csvCell).join(',')];
  for (const { label, line, raw, band, n } of curves) {
    const name = csvCell(label);
    for (let i = 0; i < line.x.length; i++) {
      const cells = [
        name,
        format(line.x[i] ?? Number.NaN),
        plain((raw ?? line).y[i]),
        raw ? plain(line.y[i]) : '',
        plain(band?.low[i]),
        plain(band?.high[i]),
        String(n),
      ];
      rows.push(cells.join(','));
    }
  }
  return `${rows.join('\r\n')}\r\n`;
}

/** Charts write shares in percent, files as they are: `Correct (%)` becomes `Correct (0 to 1)`. */
export function csvValueName(title: string, isShare: boolean): string {
  return isShare ? title.replace('(%)', '(0 to 1)') : title;
}

/** More digits than a float32 has; steps and times are longer. */
function plain(value: number | undefined): string {
  return value === undefined ? '' : String(Number(value.toPrecision(12)));
}
