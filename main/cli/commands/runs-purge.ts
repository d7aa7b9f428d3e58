// `resnet-lab runs purge`: removes deleted runs for good and frees what their files take.
import type { Command } from 'commander';
import { inputError } from '../../../shared/errors.ts';
import { formatQuantity, formatBytes } from '../../../shared/format.ts';
import { terminalFor, withHost, type Cli, type GlobalOptions } from '../cli.ts';
import { refusalLine } from '../report-error.ts';

interface Options extends GlobalOptions {
  readonly all?: boolean;
}

export function addRunsPurge(parent: Command, cli: Cli): void {
  parent
    .command('purge')
    .description(
      'remove runs of the trash with their series and checkpoints; nothing brings them back',
    )
    .argument('[id...]', 'deleted runs, or the last four characters of their ids')
    .option('--all', 'every run in the trash')
    .action(async (references: readonly string[], _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const terminal = terminalFor(cli, options);
      const isAll = options.all === true;
      if (isAll === references.length > 0) {
        throw inputError(
          'bad-option',
          'Name the runs to remove, or give --all for the whole trash.',
        );
      }
      const { purgeRuns } = await import('../../host/services/purge.ts');
      await withHost(cli, options, async ({ library }) => {
        const ids = isAll
          ? library.runs.list({ deleted: true }).runs.map(({ id }) => id)
          : references.map((reference) => library.runs.get(reference).id);
        const purged = await purgeRuns(library, ids);
        const [first] = purged.failed;
        if (first !== undefined && purged.ids.length === 0 && ids.length === 1) {
          throw inputError(first.error.code, first.error.message, { details: first.error.details });
        }
        for (const { id, error } of purged.failed) terminal.note(refusalLine(id, error));
        terminal.result(purged, () =>
          ids.length === 0
            ? 'The trash is empty.'
            : `Removed ${formatQuantity(purged.ids.length, 'run')} for good and freed ${formatBytes(purged.freedBytes)}.`,
        );
        if (purged.failed.length > 0) cli.setExitCode(2);
      });
    });
}
