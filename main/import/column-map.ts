// What each column of a table is taken for: said by the user, else guessed from its name and its values.
// Pure. `step=global_step,val/accuracy=acc/100`; `acc=` leaves a column out.
import { inputError } from '../../shared/errors.ts';
import { closestNames } from '../../shared/spec/closest.ts';
import type { NotUsed } from '../../shared/contract/imported-run.ts';
import { isShare, knownSeries, knownX, longRole, type XRole } from './series-names.ts';

export interface SeriesColumn {
  readonly column: number;
  readonly name: string;
  /** Values are divided by it: 100 where they are percent. */
  readonly divisor: number;
  /** Where a table holds several runs side by side: which one. */
  readonly run?: string;
}

export interface TableMap {
  readonly x: Readonly<Partial<Record<XRole, number>>>;
  /** A line for each value, or a column for each series. */
  readonly form:
    | { readonly kind: 'long'; readonly metric: number; readonly value: number }
    | { readonly kind: 'wide'; readonly series: readonly SeriesColumn[] };
  /** The column that says which run a line is of. */
  readonly run: number | null;
  readonly notUsed: readonly NotUsed[];
}

/** What the first lines show of a column. */
export interface ColumnLook {
  readonly name: string;
  readonly isNumeric: boolean;
  readonly isEmpty: boolean;
  readonly most: number;
}

const ROLES = ['step', 'epoch', 'time', 'duration', 'metric', 'value', 'run'] as const;
type Role = (typeof ROLES)[number];

/** `name=column` pairs; columns may hold commas only if their names are quoted by nothing, so they may not. */
export function parseMap(text: string): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  for (const part of text.split(',')) {
    const at = part.indexOf('=');
    const name = part.slice(0, at).trim();
    if (at < 1 || name === '') {
      throw inputError(
        'bad-map',
        `"${part.trim()}" in --map is no NAME=COLUMN, such as step=global_step or train/loss=loss.`,
        { path: 'map' },
      );
    }
    pairs.set(name, part.slice(at + 1).trim());
  }
  return pairs;
}

/** @throws inputError `bad-map`, `no-x`, `no-series` with what there is */
export function mapColumns(
  columns: readonly ColumnLook[],
  given: ReadonlyMap<string, string>,
): TableMap {
  const roles = new Map<Role, number>();
  const series: SeriesColumn[] = [];
  const taken = new Set<number>();
  const notUsed: NotUsed[] = [];
  const find = (name: string): number => findColumn(columns, name);
  for (const [name, source] of given) {
    if (source === '') {
      const column = find(name);
      taken.add(column);
      notUsed.push({ name, reason: 'left out as asked' });
      continue;
    }
    const { column, divisor } = columnOf(columns, source);
    taken.add(column);
    const role = ROLES.find((known) => known === name);
    if (role !== undefined) roles.set(role, column);
    else series.push({ column, name: knownSeries(name) ?? name, divisor });
  }
  columns.forEach(({ name }, column) => {
    const role = knownX(name) ?? longRole(name);
    if (role === undefined || taken.has(column) || roles.has(role)) return;
    roles.set(role, column);
    taken.add(column);
  });
  const [metric, value] = [roles.get('metric'), roles.get('value')];
  const isLong = metric !== undefined && value !== undefined && series.length === 0;
  if (!isLong && value !== undefined) {
    // A table with one series, as TensorBoard's page saves it.
    series.push({ column: value, name: 'value', divisor: 1 });
  }
  if (!isLong) series.push(...guessedSeries(columns, taken, series, notUsed));
  else notUsed.push(...columns.filter((_, i) => !taken.has(i)).map(notTaken));
  const x = xOf(roles, columns, notUsed);
  if (!isLong && series.length === 0) throw noSeries(columns);
  return {
    x,
    form: isLong ? { kind: 'long', metric, value } : { kind: 'wide', series },
    run: roles.get('run') ?? null,
    notUsed,
  };
}

function guessedSeries(
  columns: readonly ColumnLook[],
  taken: ReadonlySet<number>,
  series: readonly SeriesColumn[],
  notUsed: NotUsed[],
): SeriesColumn[] {
  const free = columns.flatMap((look, column) => {
    if (taken.has(column)) return [];
    const reason = reasonAgainst(look);
    if (reason === undefined) return [{ look, column, ...sideBySide(look.name) }];
    notUsed.push({ name: look.name, reason });
    return [];
  });
  const isSideBySide = series.length === 0 && free.every(({ run }) => run !== undefined);
  const names = new Set(series.map(({ name }) => name));
  return free.flatMap(({ look, column, run, metric }): SeriesColumn[] => {
    const own = isSideBySide ? metric : look.name;
    const prefix = isSideBySide ? `${run ?? ''} - ` : '';
    const known = knownSeries(own);
    const name = known === undefined || names.has(prefix + known) ? own : known;
    if (names.has(prefix + name)) {
      notUsed.push({ name: look.name, reason: `there is another column for ${name}` });
      return [];
    }
    names.add(prefix + name);
    const isPercent = isShare(name) && look.most > 1 && look.most <= 100;
    const divisor = isPercent ? 100 : 1;
    return [{ column, name, divisor, ...(isSideBySide && run !== undefined ? { run } : {}) }];
  });
}

/** W&B saves a chart of several runs as columns `run - metric`. */
function sideBySide(name: string): { readonly run: string | undefined; readonly metric: string } {
  const [, run, metric = name] = /^(.+) - (.+)$/.exec(name) ?? [];
  return { run, metric };
}

function reasonAgainst({ name, isNumeric, isEmpty }: ColumnLook): string | undefined {
  if (name.trim() === '') return 'the column has no name';
  if (isEmpty) return 'the column is empty';
  if (!isNumeric) return 'it holds text, not numbers';
  // W&B adds the bounds of what it left out between two points.
  if (/__(MIN|MAX)$/.test(name)) return 'bounds of thinned points, not the points themselves';
  return undefined;
}

function notTaken({ name }: ColumnLook): NotUsed {
  return {
    name,
    reason: 'the table has a line for each value, and this is neither place nor value',
  };
}

/** Steps before epochs before time: what is finer says more. */
function xOf(
  roles: ReadonlyMap<Role, number>,
  columns: readonly ColumnLook[],
  notUsed: NotUsed[],
): TableMap['x'] {
  const x: Partial<Record<XRole, number>> = {};
  for (const role of ['step', 'epoch', 'time', 'duration'] as const) {
    const column = roles.get(role);
    if (column === undefined) continue;
    if (role === 'epoch' && x.step !== undefined) {
      notUsed.push({ name: columns[column]?.name ?? '', reason: 'points stand at their steps' });
    } else if (role === 'duration' && x.time !== undefined) {
      notUsed.push({ name: columns[column]?.name ?? '', reason: 'points have a wall-clock time' });
    } else x[role] = column;
  }
  if (Object.keys(x).length > 0) return x;
  throw inputError(
    'no-x',
    `No column says where its points stand: none is called step, epoch or time. Say which: --map step=COLUMN. There are: ${listed(columns)}.`,
    { path: 'map', details: { columns: columns.map(({ name }) => name) } },
  );
}

/** `acc/100`: the column `acc`, unless one has that very name. */
function columnOf(
  columns: readonly ColumnLook[],
  source: string,
): { readonly column: number; readonly divisor: number } {
  const [, name, divisor] = /^(.+)\/([\d.]+)$/.exec(source) ?? [];
  const isThere = columns.some((look) => look.name === source);
  if (isThere || name === undefined || !(Number(divisor) > 0)) {
    return { column: findColumn(columns, source), divisor: 1 };
  }
  return { column: findColumn(columns, name), divisor: Number(divisor) };
}

function findColumn(columns: readonly ColumnLook[], name: string): number {
  const found = columns.findIndex((look) => look.name === name);
  if (found >= 0) return found;
  const names = columns.map((look) => look.name);
  const [close] = closestNames(name, names);
  const hint = close === undefined ? '' : ` Did you mean ${close}?`;
  throw inputError(
    'bad-map',
    `There is no column "${name}".${hint} There are: ${listed(columns)}.`,
    { path: 'map', details: { given: name, columns: names } },
  );
}

function noSeries(columns: readonly ColumnLook[]): Error {
  return inputError(
    'no-series',
    `No column holds a series of numbers. There are: ${listed(columns)}.`,
    { details: { columns: columns.map(({ name }) => name) } },
  );
}

const MOST_LISTED = 30;

function listed(columns: readonly ColumnLook[]): string {
  const names = columns.slice(0, MOST_LISTED).map(({ name }) => name || '(no name)');
  return `${names.join(', ')}${columns.length > MOST_LISTED ? ', …' : ''}`;
}
