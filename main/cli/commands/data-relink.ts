// `resnet-lab data relink`: tells the library where a dataset lies now.
import type { Command } from 'commander';
import { terminalFor, withHost, type Cli, type GlobalOptions } from '../cli.ts';
import { absoluteSource } from '../folder-options.ts';
import { formatPreparing } from '../run-progress.ts';

export function addDataRelink(parent: Command, cli: Cli): void {
  parent
    .command('relink')
    .description('say where a dataset lies now; runs on it resume from there')
    .argument('<from>', 'where it lay, as `runs show` names it')
    .argument('<to>', 'where it lies now; it must hold the same images')
    .action(async (from: string, to: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const terminal = terminalFor(cli, options);
      const { relinkDataset } = await import('../../host/relink.ts');
      await withHost(cli, options, async ({ library }) => {
        const relinked = await relinkDataset(
          library,
          { from: absoluteSource(from), to: absoluteSource(to) },
          {
            cacheFolder: library.cacheFolder,
            onEvent: (event) => terminal.status(formatPreparing(event)),
          },
        );
        terminal.result(
          relinked,
          () =>
            `${relinked.from} is ${relinked.to} now: the same images. ${relinked.runs} ${relinked.runs === 1 ? 'run names' : 'runs name'} the new place.`,
        );
      });
    });
}
