// `resnet-lab data leave-out` and `data restore`: single images that no run uses, and back. Files stay.
import type { Command } from 'commander';
import { formatQuantity } from '../../../shared/format.ts';
import { terminalFor, withHost, type Cli, type GlobalOptions } from '../cli.ts';
import { badOption } from '../option-values.ts';
import { formatPreparing } from '../run-progress.ts';
import { dataSpecWith } from '../run-spec.ts';

interface LeaveOutOptions extends GlobalOptions {
  readonly finding?: string;
  readonly reason?: string;
}

export function addDataLeaveOut(parent: Command, cli: Cli): void {
  parent
    .command('leave-out')
    .description('leave images out of a dataset: new runs do not use them; no file is touched')
    .argument('<source>', 'a dataset, as for `data inspect`')
    .argument('[files...]', 'paths in the dataset, as `data inspect` prints them')
    .option(
      '--finding <name>',
      'all that a finding names, one of each group kept: leaks, contradictions (all of them), duplicates, near, damaged, odd',
    )
    .option('--reason <text>', 'why; kept with the decision')
    .action(async (source: string, files: readonly string[], _: unknown, command: Command) => {
      const options = command.optsWithGlobals<LeaveOutOptions>();
      const terminal = terminalFor(cli, options);
      const host = await import('../../host/decisions.ts');
      const { currentData, withDataset } = await import('../../host/dataset-outline.ts');
      const finding = host.FINDINGS.find((name) => name === options.finding);
      if (options.finding !== undefined && finding === undefined) {
        const names = host.FINDINGS.join(', ');
        throw badOption('--finding', `must be one of ${names}, not "${options.finding}"`);
      }
      if (finding === undefined && files.length === 0) {
        throw badOption('--finding', 'or some files must say what to leave out');
      }
      await withHost(cli, options, async ({ library }) => {
        const data = await host.withCurrentDecisions(
          library,
          currentData(library, dataSpecWith(source, {})),
        );
        const chosen = await withDataset(
          data,
          {
            cacheFolder: library.cacheFolder,
            lenient: true,
            onEvent: (event) => terminal.status(formatPreparing(event)),
          },
          async (dataset) => {
            host.requireImages(dataset, files);
            if (finding === undefined) return [...files];
            return [...files, ...(await host.filesOfFinding(finding, dataset))];
          },
        );
        if (chosen.length > 0) {
          const reason = options.reason ?? finding ?? 'chosen';
          library.decisions.decide(data.source, { files: chosen, kind: 'leave-out', reason });
        }
        const all = host.leftOutFiles(library, data.source);
        terminal.result(
          { source: data.source, leftOut: chosen, total: all.length },
          () =>
            `Left out ${formatQuantity(chosen.length, 'image')}; ${formatQuantity(all.length, 'image')} in all. New runs on ${data.source} do not use them.\n` +
            '`resnet-lab data restore` takes the last decision back.',
        );
      });
    });
}

interface RestoreOptions extends GlobalOptions {
  readonly all?: boolean;
}

export function addDataRestore(parent: Command, cli: Cli): void {
  parent
    .command('restore')
    .description('take back what was left out: these files, all, or else the last decision')
    .argument('<source>', 'a dataset')
    .argument('[files...]', 'paths in the dataset')
    .option('--all', 'everything that is left out')
    .action(async (source: string, files: readonly string[], _: unknown, command: Command) => {
      const options = command.optsWithGlobals<RestoreOptions>();
      const terminal = terminalFor(cli, options);
      const { leftOutFiles, restoreFiles, undoLast } = await import('../../host/decisions.ts');
      await withHost(cli, options, ({ library }) => {
        const place = dataSpecWith(source, {}).source;
        const before = leftOutFiles(library, place).length;
        if (options.all === true) restoreFiles(library, place, 'all');
        else if (files.length > 0) restoreFiles(library, place, files);
        else undoLast(library, place);
        const left = leftOutFiles(library, place);
        const change = before - left.length;
        terminal.result({ source: place, restored: change, leftOut: left }, () =>
          change < 0
            ? `Took the last decision back: ${formatQuantity(-change, 'image')} left out again, ${formatQuantity(left.length, 'image')} in all.`
            : `Restored ${formatQuantity(change, 'image')}; ${formatQuantity(left.length, 'image')} still left out.`,
        );
      });
    });
}
