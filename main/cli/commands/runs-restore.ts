// `resnet-lab runs restore`: brings deleted runs back.
import type { Command } from 'commander';
import { terminalFor, withHost, type Cli, type GlobalOptions } from '../cli.ts';
import { onRuns } from '../on-runs.ts';
import { runDocument } from '../run-summary.ts';

export function addRunsRestore(parent: Command, cli: Cli): void {
  parent
    .command('restore')
    .description('bring deleted runs back from the trash')
    .argument('<id...>', 'runs, or the last four characters of their ids')
    .action(async (references: readonly string[], _: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const terminal = terminalFor(cli, options);
      await withHost(cli, options, ({ library }) => {
        onRuns({
          ...{ cli, terminal, references },
          work: (reference) => {
            const run = library.runs.restore(library.runs.get(reference).id);
            return { ...runDocument(run, library.runFolder(run.id)), id: run.id };
          },
          line: ({ id }) => `Restored ${id}.`,
        });
      });
    });
}
