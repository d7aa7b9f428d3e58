// `resnet-lab data decisions` and `data restore`: what is decided about single images, as a list and as CSV; and
// taking it back.
import type { Command } from 'commander';
import { decisionsCsv } from '../../../shared/contract/app/decisions.ts';
import { formatQuantity } from '../../../shared/format.ts';
import { terminalFor, withHost, type Cli, type GlobalOptions } from '../cli.ts';
import { formatPreparing } from '../run-progress.ts';
import { dataSpecWith } from '../run-spec.ts';
import { formatTable } from '../table.ts';

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
          const { decideOn, readDecisionsFile } = await import('../../host/decide.ts');
          await decideOn(
            library,
            {
              data: dataSpecWith(source, {}),
              decisions: await readDecisionsFile(options.import),
            },
            { onEvent: (event) => terminal.status(formatPreparing(event)) },
          );
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
