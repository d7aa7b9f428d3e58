// `resnet-lab runs delete`: hides a run, or removes it with its files.
import type { Command } from 'commander';
import { terminalFor, withHost, type Cli, type GlobalOptions } from '../cli.ts';

interface Options extends GlobalOptions {
  readonly forGood?: boolean;
}

export function addRunsDelete(parent: Command, cli: Cli): void {
  parent
    .command('delete')
    .description('hide a run; `runs restore` brings it back')
    .argument('<id>', 'a run, or the last four characters of its id')
    .option('--for-good', 'remove it with its series and checkpoints; nothing brings it back')
    .action(async (id: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const terminal = terminalFor(cli, options);
      const forGood = options.forGood === true;
      await withHost(cli, options, ({ library }) => {
        const run = library.runs.delete(library.runs.get(id).id);
        if (forGood) library.runs.purge(run.id);
        terminal.result({ id: run.id, forGood }, () =>
          forGood
            ? `Removed ${run.id} with its series and checkpoints.`
            : `Deleted ${run.id}. Its files are still there: \`resnet-lab runs restore ${run.id}\` brings it back, \`runs delete ${run.id} --for-good\` removes it.`,
        );
      });
    });
}
