// Runs from a table of curves: a column for each series (W&B's history, a logger's CSV), a line for each
// value (MLflow), or several runs side by side (W&B's charts).
import { formatQuantity } from '../../shared/format.ts';
import type { NotUsed, OwnAxis } from '../../shared/contract/imported-run.ts';
import { mapColumns, type TableMap } from './column-map.ts';
import type { ForeignRun, ForeignSeries } from './foreign-run.ts';
import { badCsv, numberOf, readTable, type CurveTable } from './read-table.ts';
import { isShare, knownSeries } from './series-names.ts';

interface Points {
  readonly xs: number[];
  readonly values: number[];
  readonly times: number[];
}

/** By run, then by series. */
type Gathered = Map<string, Map<string, Points>>;

interface Counts {
  noPlace: number;
  noNumber: number;
}

export interface ReadCsv {
  readonly runs: readonly ForeignRun[];
  readonly table: CurveTable;
  readonly map: TableMap;
}

/** `name`: of the run, where the table does not say it. */
export async function readCsvRuns(
  file: string,
  bytes: Uint8Array,
  { map: given, name }: { readonly map: ReadonlyMap<string, string>; readonly name: string },
): Promise<ReadCsv> {
  const table = await readTable(file, bytes);
  const map = mapColumns(table.columns, given);
  const counts: Counts = { noPlace: 0, noNumber: 0 };
  const gathered: Gathered = new Map();
  table.rows.forEach((row, i) => takeRow({ table, map, gathered, counts, file, name }, row, i));
  const notUsed = [...map.notUsed, ...countNotes(counts)];
  const axis = axisOf(map);
  const runs = [...gathered].map(([run, series]): ForeignRun => ({
    ...{ name: run, status: 'finished', settings: {}, notUsed },
    series: [...series].map(([own, points]) => finished(own, points, axis)),
  }));
  if (runs.length === 0) throw badCsv(file, 'no line has both a place and a number');
  return { runs, table, map };
}

interface RowContext {
  readonly table: CurveTable;
  readonly map: TableMap;
  readonly gathered: Gathered;
  readonly counts: Counts;
  readonly file: string;
  readonly name: string;
}

function takeRow(context: RowContext, row: readonly string[], index: number): void {
  const { table, map, gathered, counts } = context;
  const place = placeOf(context, row, index);
  if (place === undefined) {
    counts.noPlace++;
    return;
  }
  const rowRun = (map.run === null ? '' : (row[map.run] ?? '')) || context.name;
  const add = (run: string, name: string, cell: string | undefined, divisor: number): void => {
    const value = numberOf(cell, table.hasDecimalCommas);
    if (value === undefined) return;
    if (value === 'text') {
      counts.noNumber++;
      return;
    }
    const points = entry(
      entry(gathered, run, () => new Map<string, Points>()),
      name,
      () => ({
        ...{ xs: [], values: [], times: [] },
      }),
    );
    points.xs.push(place.x);
    points.times.push(place.time);
    points.values.push(value / divisor);
  };
  if (map.form.kind === 'long') {
    const metric = row[map.form.metric] ?? '';
    if (metric === '') counts.noNumber++;
    else add(rowRun, metric, row[map.form.value], 1);
    return;
  }
  for (const { column, name, divisor, run } of map.form.series) {
    add(run ?? rowRun, name, row[column], divisor);
  }
}

interface Place {
  readonly x: number;
  /** Milliseconds; NaN where the table has none. */
  readonly time: number;
}

function placeOf(
  { table, map, file }: RowContext,
  row: readonly string[],
  index: number,
): Place | undefined {
  const number = (column: number | undefined): number => {
    const value = column === undefined ? undefined : numberOf(row[column], table.hasDecimalCommas);
    return typeof value === 'number' ? value : Number.NaN;
  };
  const { step, epoch, time, duration } = map.x;
  const at = time === undefined ? number(duration) * 1000 : timeOf(row[time], number(time));
  if (step !== undefined) {
    const x = number(step);
    if (Number.isFinite(x) && (!Number.isInteger(x) || Math.abs(x) >= 2 ** 31)) {
      throw badCsv(
        file,
        `line ${index + 2} has the step ${x}, and steps are whole numbers. If it is an epoch, say so: --map epoch=${table.columns[step]?.name ?? ''}`,
      );
    }
    return Number.isFinite(x) ? { x, time: at } : undefined;
  }
  const x = epoch === undefined ? at : number(epoch);
  return Number.isFinite(x) ? { x, time: at } : undefined;
}

/** Seconds, milliseconds or microseconds since 1970, told by their size; else a date. Small: seconds. */
function timeOf(cell: string | undefined, value: number): number {
  if (Number.isNaN(value)) return cell === undefined || cell === '' ? Number.NaN : Date.parse(cell);
  if (value > 1e14) return value / 1000;
  return value > 1e11 ? value : value * 1000;
}

function axisOf({ x }: TableMap): OwnAxis {
  if (x.step !== undefined) return 'step';
  return x.epoch === undefined ? 'time' : 'epoch';
}

/** Of a table with a line for each value, names are known only now. */
function finished(name: string, points: Points, axis: OwnAxis): ForeignSeries {
  const known = knownSeries(name) ?? name;
  const most = isShare(known) ? points.values.reduce((a, b) => (b > a ? b : a), 0) : 0;
  const isPercent = known !== name && most > 1 && most <= 100;
  const values = isPercent ? points.values.map((value) => value / 100) : points.values;
  const hasTimes = points.times.some((time) => Number.isFinite(time));
  return { name: known, axis, xs: points.xs, values, times: hasTimes ? points.times : [] };
}

function countNotes({ noPlace, noNumber }: Counts): NotUsed[] {
  return [
    ...(noPlace > 0
      ? [{ name: formatQuantity(noPlace, 'line'), reason: 'without a number where they stand' }]
      : []),
    ...(noNumber > 0 ? [{ name: formatQuantity(noNumber, 'cell'), reason: 'not a number' }] : []),
  ];
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
