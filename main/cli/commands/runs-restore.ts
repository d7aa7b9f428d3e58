// `resnet-lab runs restore`: brings a deleted run back.
import type { Command } from 'commander';
import { terminalFor, withHost, type Cli, type GlobalOptions } from '../cli.ts';
import { runDocument } from '../run-summary.ts';

export function addRunsRestore(parent: Command, cli: Cli): void {
  parent
    .command('restore')
    .description('bring a deleted run back')
    .argument('<id>', 'a run, or the last four characters of its id')
    .action(async (id: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const terminal = terminalFor(cli, options);
      await withHost(cli, options, ({ library }) => {
        const run = library.runs.restore(library.runs.get(id).id);
        terminal.result(runDocument(run, library.runFolder(run.id)), () => `Restored ${run.id}.`);
      });
    });
}
