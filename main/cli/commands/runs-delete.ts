// `resnet-lab runs delete`: moves runs to the trash, or removes them with their files.
import type { Command } from 'commander';
import { terminalFor, withHost, type Cli, type GlobalOptions } from '../cli.ts';
import { onRuns } from '../on-runs.ts';

interface Options extends GlobalOptions {
  readonly forGood?: boolean;
}

export function addRunsDelete(parent: Command, cli: Cli): void {
  parent
    .command('delete')
    .description('move runs to the trash; `runs restore` brings them back')
    .argument('<id...>', 'runs, or the last four characters of their ids')
    .option('--for-good', 'remove them with their series and checkpoints; nothing brings them back')
    .action(async (references: readonly string[], _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const terminal = terminalFor(cli, options);
      const forGood = options.forGood === true;
      const { TRASH_DAYS } = await import('../../host/services/purge.ts');
      await withHost(cli, options, ({ library }) => {
        onRuns({
          ...{ cli, terminal, references },
          work: (reference) => {
            const run = library.runs.delete(library.runs.get(reference).id);
            library.queue.remove(run.id);
            if (run.status === 'queued') library.runs.update(run.id, { status: 'interrupted' });
            if (forGood) library.runs.purge(run.id);
            return { id: run.id, forGood };
          },
          line: ({ id }) =>
            forGood
              ? `Removed ${id} with its series and checkpoints.`
              : `Moved ${id} to the trash, where it stays for ${TRASH_DAYS} days. \`resnet-lab runs restore ${id}\` brings it back, \`runs purge ${id}\` removes it for good.`,
        });
      });
    });
}
