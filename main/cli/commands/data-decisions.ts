// `resnet-lab data decisions` and `data restore`: what is decided about single images, as a list and as CSV; and
// taking it back.
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { decisionsCsv } from '../../../shared/contract/app/decisions.ts';
import { formatQuantity } from '../../../shared/format.ts';
import { tableText } from '../../data/table-text.ts';
import { requireUserFile } from '../../data/user-file.ts';
import { terminalFor, withHost, type Cli, type GlobalOptions } from '../cli.ts';
import { dataSpecWith } from '../run-spec.ts';
import { formatTable } from '../table.ts';
import { lookInto } from './data-leave-out.ts';

const COLUMNS = ['file', 'decision', 'class', 'reason'].map((title) => ({ title }));

interface DecisionsOptions extends GlobalOptions {
  readonly csv?: boolean;
  readonly import?: string;
}

export function addDataDecisions(parent: Command, cli: Cli): void {
  parent
    .command('decisions')
    .description(
      'what is decided about single images of a dataset; --import adds a table of decisions',
    )
    .argument('<source>', 'a dataset')
    .option('--csv', 'as CSV, which --import reads')
    .option(
      '--import <file>',
      'a CSV with the columns file, decision, class, reason; one decision to take back',
    )
    .action(async (source: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<DecisionsOptions>();
      const terminal = terminalFor(cli, options);
      const host = await import('../../host/decisions.ts');
      await withHost(cli, options, async ({ library }) => {
        const place = dataSpecWith(source, {}).source;
        if (options.import !== undefined) {
          const { parseDecisionsCsv } = await import('../../host/decisions-csv.ts');
          const { userPath } = await import('../../host/user-path.ts');
          const given = parseDecisionsCsv(await readText(userPath(options.import)));
          await lookInto(library, { source, terminal }, (dataset) => {
            host.requireDecidable(dataset, given);
            return Promise.resolve();
          });
          if (given.length > 0) library.decisions.decide(place, ...given);
        }
        const decisions = host.decisionsNow(library, place);
        terminal.result({ source: place, decisions }, () => {
          if (options.csv === true) return decisionsCsv(decisions).trimEnd();
          if (decisions.length === 0) return `Nothing is decided about images of ${place}.`;
          const rows = decisions.map(({ file, kind, className, reason }) => [
            ...[file, kind, className ?? '', reason],
          ]);
          return formatTable(COLUMNS, rows);
        });
      });
    });
}

async function readText(file: string): Promise<string> {
  await requireUserFile(file, 'table of decisions');
  return tableText(await readFile(file));
}

interface RestoreOptions extends GlobalOptions {
  readonly all?: boolean;
}

export function addDataRestore(parent: Command, cli: Cli): void {
  parent
    .command('restore')
    .description('take decisions about images back: of these files, all, or else the last one')
    .argument('<source>', 'a dataset')
    .argument('[files...]', 'paths in the dataset')
    .option('--all', 'everything that is left out or relabelled')
    .action(async (source: string, files: readonly string[], _: unknown, command: Command) => {
      const options = command.optsWithGlobals<RestoreOptions>();
      const terminal = terminalFor(cli, options);
      const host = await import('../../host/decisions.ts');
      await withHost(cli, options, ({ library }) => {
        const place = dataSpecWith(source, {}).source;
        const changing = (): number =>
          host.decisionsNow(library, place).filter(({ kind }) => kind !== 'keep').length;
        const before = changing();
        if (options.all === true) host.restoreFiles(library, place, 'all');
        else if (files.length > 0) host.restoreFiles(library, place, files);
        else host.undoLast(library, place);
        const left = host.leftOutFiles(library, place);
        const restored = before - changing();
        const still = `${formatQuantity(left.length, 'image')} still left out`;
        terminal.result({ source: place, restored, leftOut: left }, () =>
          restored > 0
            ? `Restored ${formatQuantity(restored, 'image')}; ${still}.`
            : `Took the last decision back; ${formatQuantity(left.length, 'image')} left out now.`,
        );
      });
    });
}
