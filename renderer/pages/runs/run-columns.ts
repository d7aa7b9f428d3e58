// The columns of the list of runs: what each shows, for a run and for a group, and what it is sorted
// by. Pure.
import type { RunRow } from '../../../shared/contract/app/runs.ts';
import {
  formatCount,
  formatDuration,
  formatExact,
  formatPercent,
  formatSignificant,
  shownSpread,
} from '../../../shared/format.ts';
import type { Column } from '../../parts/table-column.ts';
import { summarize } from '../../../shared/stats/summary.ts';
import type { TableRow } from './grouping.ts';
import type { SpecIndex } from './spec-fields.ts';
import { fieldName } from '../../../shared/spec/field-name.ts';

type Read = (run: RunRow) => number | null | undefined;

const metric =
  (name: string): Read =>
  (run) =>
    run.metrics[name];

/** Ten digits of an accuracy say less than `91.3 ± 0.4 %`. */
function percentSpread(mean: number, deviation: number): string {
  return `${(mean * 100).toFixed(1)} ± ${(deviation * 100).toFixed(1)} %`;
}

interface NumberColumn {
  readonly id: string;
  readonly title: string;
  readonly width: number;
  readonly read: Read;
  readonly format: (value: number) => string;
  readonly formatSpread?: (mean: number, deviation: number) => string;
  readonly isOptional?: boolean;
}

const READS = new Map<string, Read>();

/** The number that a column shows of a run, with every digit; undefined for a column of words. */
export function readOf(columnId: string): Read | undefined {
  return READS.get(columnId);
}

function numberColumn(given: NumberColumn): Column<TableRow> {
  const { id, title, width, read, format, formatSpread, isOptional } = given;
  READS.set(id, read);
  return {
    id,
    title,
    width,
    align: 'end',
    value: (row) => summarize(row.sortAs.map(read))?.mean,
    text: ({ members, isGroup }) => {
      const spread = summarize(members.map(read));
      if (!spread) return '';
      const deviation = shownSpread(spread.mean, spread.deviation ?? 0);
      if (!isGroup || deviation === 0) return format(spread.mean);
      const both = formatSpread ?? ((a: number, b: number) => `${format(a)} ± ${format(b)}`);
      return both(spread.mean, deviation);
    },
    ...(isOptional ? { isOptional } : {}),
  };
}

function textColumn(
  id: string,
  title: string,
  width: number,
  read: (run: RunRow) => string,
  isOptional = true,
): Column<TableRow> {
  const shared = (runs: readonly RunRow[]): string => {
    const values = [...new Set(runs.map(read))];
    return values.length === 1 ? (values[0] ?? '') : `${values.length} different`;
  };
  return {
    id,
    title,
    width,
    value: (row) => shared(row.sortAs),
    text: (row) => shared(row.members),
    ...(isOptional ? { isOptional } : {}),
  };
}

/** `name` and `status` are drawn by the page; the rest is text. */
export const RUN_COLUMNS: readonly Column<TableRow>[] = [
  {
    id: 'name',
    title: 'Run',
    width: 190,
    value: ({ sortAs }) => sortAs[0]?.name,
  },
  {
    id: 'status',
    title: 'Status',
    width: 104,
    value: ({ sortAs }) => sortAs[0]?.status,
  },
  textColumn('architecture', 'Network', 120, (run) => run.architecture, false),
  numberColumn({
    id: 'accuracy',
    title: 'Best val. acc.',
    width: 98,
    read: metric('bestValAccuracy'),
    format: formatPercent,
    formatSpread: percentSpread,
  }),
  numberColumn({
    id: 'lastAccuracy',
    title: 'Last val. acc.',
    width: 112,
    read: metric('lastValAccuracy'),
    format: formatPercent,
    formatSpread: percentSpread,
    isOptional: true,
  }),
  numberColumn({
    id: 'loss',
    title: 'Train loss',
    width: 84,
    read: metric('lastTrainLoss'),
    format: formatSignificant,
    formatSpread: (mean, deviation) =>
      `${formatSignificant(mean, 3)} ± ${formatSignificant(deviation, 2)}`,
  }),
  numberColumn({
    id: 'valLoss',
    title: 'Val. loss',
    width: 84,
    read: metric('lastValLoss'),
    format: formatSignificant,
    formatSpread: (mean, deviation) =>
      `${formatSignificant(mean, 3)} ± ${formatSignificant(deviation, 2)}`,
  }),
  numberColumn({
    id: 'epoch',
    title: 'Epoch',
    width: 58,
    read: (run) => (run.imported && run.epoch === 0 ? null : run.epoch),
    format: (value) => String(Number(value.toPrecision(3))),
  }),
  numberColumn({
    id: 'step',
    title: 'Step',
    width: 80,
    read: (run) => run.step,
    format: (value) => formatExact(Math.round(value)),
    isOptional: true,
  }),
  numberColumn({
    id: 'parameters',
    title: 'Parameters',
    width: 92,
    read: metric('parameters'),
    format: formatCount,
    isOptional: true,
  }),
  numberColumn({
    id: 'effectiveDepth',
    title: 'Effective depth',
    width: 110,
    read: metric('effectiveDepth'),
    format: (value) => value.toFixed(1),
    isOptional: true,
  }),
  numberColumn({
    id: 'speed',
    title: 'Images/s',
    width: 80,
    read: metric('imagesPerSecond'),
    format: formatCount,
    isOptional: true,
  }),
  numberColumn({
    id: 'duration',
    title: 'Trained for',
    width: 88,
    // Nothing was trained yet, or an import does not say.
    read: (run) => (run.elapsedMs === 0 ? null : run.elapsedMs),
    format: formatDuration,
    formatSpread: formatDuration,
  }),
  numberColumn({
    id: 'seed',
    title: 'Seed',
    width: 60,
    read: (run) => (run.imported ? null : run.seed),
    format: String,
    formatSpread: () => '',
    isOptional: true,
  }),
  textColumn('data', 'Data', 120, (run) => run.dataName),
  textColumn('group', 'Group', 130, (run) => run.group ?? ''),
  textColumn('tags', 'Tags', 130, (run) => run.tags.join(', ')),
  {
    id: 'created',
    title: 'Created',
    width: 100,
    value: ({ sortAs }) => sortAs[0]?.createdAt,
  },
  textColumn('program', 'Program', 120, (run) => run.codeVersion),
  textColumn('id', 'Id', 140, (run) => run.id),
];

export const DEFAULT_COLUMNS: readonly string[] = [
  'name',
  'status',
  'accuracy',
  'loss',
  'epoch',
  'duration',
  'created',
];

const SETTING = 'setting:';

/** The id of the column that shows a setting. */
export function settingColumnId(path: string): string {
  return `${SETTING}${path}`;
}

/** The path that a column shows, or undefined for a column of the row itself. */
export function settingOf(columnId: string): string | undefined {
  return columnId.startsWith(SETTING) ? columnId.slice(SETTING.length) : undefined;
}

/** A column of a setting: sorted as numbers where it has numbers; a group shows what its runs share. */
export function settingColumn(path: string, specs: SpecIndex): Column<TableRow> {
  const read = (run: RunRow): number | string | undefined => specs.valueOf(run.id, path);
  const isNumber = specs.isNumeric(path);
  const shared = (runs: readonly RunRow[]): number | string | undefined => {
    const values = [...new Set(runs.map(read))];
    return values.length === 1 ? values[0] : `${values.length} different`;
  };
  return {
    id: settingColumnId(path),
    title: fieldName(path),
    width: isNumber ? 100 : 150,
    ...(isNumber ? { align: 'end' as const } : {}),
    value: (row) => {
      const [first] = row.sortAs;
      return row.sortAs.length === 1 && first ? read(first) : shared(row.sortAs);
    },
    text: (row) => String(shared(row.members) ?? ''),
    isOptional: true,
  };
}

/** Of the columns shown, in CSS pixels: as they were dragged, else as they begin. */
export function widthOf(
  columns: readonly Column<TableRow>[],
  layout: {
    readonly columns: readonly string[];
    readonly widths: Readonly<Record<string, number>>;
  },
): number {
  return layout.columns.reduce((sum, id) => {
    const first = columns.find((column) => column.id === id)?.width ?? 0;
    return sum + (layout.widths[id] ?? first);
  }, 0);
}
