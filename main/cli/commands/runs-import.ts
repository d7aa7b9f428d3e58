// `resnet-lab runs import`: takes in a bundle that `report --format zip` made, or curves of another tracker.
import path from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import type { NotUsed } from '../../../shared/contract/imported-run.ts';
import { formatQuantity } from '../../../shared/format.ts';
import type { ImportedCurves, ReadCurves } from '../../host/import-curves.ts';
import type { Imported } from '../../host/import-bundle.ts';
import { userPath } from '../../host/user-path.ts';
import { terminalFor, withHost, type Cli, type GlobalOptions } from '../cli.ts';
import type { Terminal } from '../terminal.ts';

interface Options extends GlobalOptions {
  readonly map?: readonly string[];
  readonly name?: string;
  readonly group?: string;
  readonly dryRun?: boolean;
}

export function addRunsImport(parent: Command, cli: Cli): void {
  parent
    .command('import')
    .description('take in a bundle (.zip), event files of TensorBoard, or a CSV of curves')
    .argument(
      '<file>',
      'what `report --format zip` made, a …tfevents… file, a CSV, or a folder of them',
    )
    .option(
      '--map <name=column,…>',
      'what columns or tags are: step, epoch, time, or a series; NAME= leaves it out',
      (text: string, before: readonly string[] | undefined) => [...(before ?? []), text],
    )
    .option('--name <text>', 'what to call the run, where the file holds one', (text: string) => {
      if (text.trim() === '') throw new InvalidArgumentError('A run needs a name.');
      return text.trim();
    })
    .option('--group <text>', 'runs to compare')
    .option('--dry-run', 'only say what would be taken in')
    .addHelpText(
      'after',
      `
Columns are found by their names (step, global_step, _step, epoch, _timestamp, loss, val_acc …); accuracy in
percent becomes a share of one. Imported runs can be looked at and compared, not trained on.

Examples:
  resnet-lab runs import report/report.zip
  resnet-lab runs import lightning_logs/version_0
  resnet-lab runs import history.csv --map step=global_step,train/loss=loss,val/accuracy=acc/100`,
    )
    .action(async (file: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const terminal = terminalFor(cli, options);
      const source = userPath(file);
      if (path.extname(source).toLowerCase() === '.zip')
        await bundle(cli, terminal, source, options);
      else await curves(cli, terminal, source, options);
    });
}

async function bundle(
  cli: Cli,
  terminal: Terminal,
  source: string,
  options: Options,
): Promise<void> {
  const { importBundle } = await import('../../host/import-bundle.ts');
  await withHost(cli, options, async ({ library }) => {
    const imported = await importBundle(library, source);
    terminal.result(imported, () => outcome(imported).join('\n'));
  });
}

async function curves(
  cli: Cli,
  terminal: Terminal,
  source: string,
  options: Options,
): Promise<void> {
  const { importCurves, parseMap, readCurves } = await import('../../host/import-curves.ts');
  const map = new Map((options.map ?? []).flatMap((text) => [...parseMap(text)]));
  const { name, group } = options;
  if (options.dryRun === true) {
    const { runs, notUsed } = await readCurves(source, { map, name });
    const document = {
      runs: runs.map(described),
      notUsed,
    };
    terminal.result(document, () =>
      [
        ...document.runs.flatMap((run) => [
          `${run.name}: ${formatQuantity(run.series.length, 'series', 'series')}`,
          ...run.series.map(
            (one) => `  ${one.name}  ${formatQuantity(one.points, 'point')}, by ${one.x}`,
          ),
        ]),
        ...notUsedLines(document.notUsed),
      ].join('\n'),
    );
    return;
  }
  await withHost(cli, options, async ({ library }) => {
    const imported = await importCurves(library, source, { map, name, group });
    terminal.result(imported, () =>
      [...outcome({ ...imported, report: null }), ...notUsedLines(imported.notUsed)].join('\n'),
    );
  });
}

function described({ name, series }: ReadCurves) {
  return {
    name,
    series: series.map(({ points, axis }) => ({
      ...{ name: points.name, points: points.steps.length, x: axis.x, hasTime: axis.hasTime },
    })),
  };
}

function outcome({
  added,
  known,
  report,
}: Pick<ImportedCurves, 'added' | 'known'> & Pick<Imported, 'report'>) {
  const lines = [
    `Added ${formatQuantity(added.length, 'run')}${added.length === 0 ? '' : `: ${added.join(', ')}`}`,
  ];
  if (known.length > 0) lines.push(`Here already, left as they are: ${known.join(', ')}`);
  if (report !== null) lines.push(`Report: ${report}`);
  return lines;
}

function notUsedLines(notUsed: readonly NotUsed[]): string[] {
  return notUsed.map(({ name, reason }) => `Not used: ${name} (${reason})`);
}
