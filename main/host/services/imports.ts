// Curves of other trackers for the page: what a file holds, and taking it in.
import type { TableMap } from '../../import/column-map.ts';
import type { CurveTable } from '../../import/read-table.ts';
import type { Library } from '../../store/library.ts';
import { importCurves, readCurves } from '../import-curves.ts';
import { userPath } from '../user-path.ts';
import type { AppHandlers, HandlersOf } from './handlers.ts';

type Preview = Awaited<ReturnType<AppHandlers['imports.preview']>>;

const SHOWN_ROWS = 6;
const SHOWN_COLUMNS = 60;

export function createImportService(
  library: Library,
  options: {
    readonly onImported: () => void;
    /** What the page sent is in the library then; a file elsewhere stays. */
    readonly discardUpload: (source: string) => Promise<unknown>;
  },
): HandlersOf<'imports'> {
  return {
    'imports.preview': async ({ source, map }) => {
      const { runs, notUsed, table } = await readCurves(userPath(source), {
        map: new Map(Object.entries(map)),
      });
      return {
        runs: runs.map(({ name, series }) => ({
          name,
          series: series.map(({ points, axis }) => ({
            ...{ name: points.name, points: points.steps.length, x: axis.x },
          })),
        })),
        notUsed: [...notUsed],
        table: table === null ? null : shownTable(table.table, table.map),
      };
    },
    'imports.take': async ({ source, map, name, group }) => {
      const { added, known } = await importCurves(library, userPath(source), {
        ...{ map: new Map(Object.entries(map)), name, group },
      });
      await options.discardUpload(source);
      options.onImported();
      return { added: [...added], known: [...known] };
    },
  };
}

function shownTable({ columns, rows }: CurveTable, map: TableMap): NonNullable<Preview['table']> {
  const xs = new Map(Object.entries(map.x).map(([role, column]) => [column, role]));
  const series = new Map(
    map.form.kind === 'wide'
      ? map.form.series.map(({ column, name }) => [column, name] as const)
      : [[map.form.metric, 'metric'] as const, [map.form.value, 'value'] as const],
  );
  if (map.run !== null) series.set(map.run, 'run');
  return {
    columns: columns.slice(0, SHOWN_COLUMNS).map(({ name }, column) => ({
      name,
      takenAs: xs.get(column) ?? series.get(column) ?? null,
      isX: xs.has(column),
      reason: map.notUsed.find((one) => one.name === name)?.reason ?? null,
    })),
    rows: rows
      .slice(0, SHOWN_ROWS)
      .map((row) => row.slice(0, SHOWN_COLUMNS).map((cell) => cell.slice(0, 100))),
  };
}
