// `resnet-lab data download`: fetches CIFAR from its authors into the library, once, and checks it.
import type { Command } from 'commander';
import { terminalFor, withHost, type Cli, type GlobalOptions } from '../cli.ts';
import { formatPreparing } from '../run-progress.ts';
import { stoppable, type StopSignals } from '../stop-signals.ts';

interface DownloadCommandOptions extends GlobalOptions {
  readonly from?: string;
}

export function addDataDownload(parent: Command, cli: Cli): void {
  parent
    .command('download')
    .description('fetch cifar10 or cifar100 from their authors; goes on where it was stopped')
    .argument('<name>', 'cifar10 or cifar100')
    .option('--from <url>', 'a mirror; the checksum must still be right')
    .action(async (name: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<DownloadCommandOptions>();
      const terminal = terminalFor(cli, options);
      const { describeDownload, downloadDataset } = await import('../../host/dataset-downloads.ts');
      const download = ({ stop }: StopSignals): Promise<void> =>
        withHost(cli, options, async ({ library }) => {
          const found = await downloadDataset(name, {
            libraryFolder: library.folder,
            from: options.from,
            signal: stop,
            onProgress: (progress) => terminal.status(formatPreparing(describeDownload(progress))),
          });
          terminal.result(found, () => {
            const how = found.wasFetched ? 'Fetched and checked' : 'Was there already, checked';
            return `${how}: ${found.source}\nTrain on it: resnet-lab train --data ${found.source} --arch resnet20`;
          });
        });
      await stoppable(cli, terminal, download, {
        stopping: 'Stopping; what has arrived is kept.',
        abandoning: 'Stopping.',
        stopped: 'Stopped. The same command goes on from here.',
      });
    });
}
