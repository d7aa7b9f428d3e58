// `resnet-lab runs trash`: the deleted runs, and what their files take on the disk.
import type { Command } from 'commander';
import { formatBytes } from '../../../shared/format.ts';
import { terminalFor, withHost, type Cli, type GlobalOptions } from '../cli.ts';
import { formatTable } from '../table.ts';

export function addRunsTrash(parent: Command, cli: Cli): void {
  parent
    .command('trash')
    .description('the deleted runs, with what their files take on the disk')
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const terminal = terminalFor(cli, options);
      const { listTrash, TRASH_DAYS } = await import('../../host/services/purge.ts');
      await withHost(cli, options, async ({ library }) => {
        const entries = await listTrash(library);
        const runs = entries.map(({ run, sizeBytes }) => {
          const { id, name, architecture, seed, deletedAt } = run;
          return { id, name, architecture, seed, deletedAt, sizeBytes };
        });
        const sizeBytes = runs.reduce((sum, run) => sum + run.sizeBytes, 0);
        terminal.result({ runs, sizeBytes, keptDays: TRASH_DAYS }, () => {
          if (runs.length === 0) return 'The trash is empty.';
          const table = formatTable(
            [
              { title: 'id' },
              { title: 'name' },
              { title: 'seed', right: true },
              { title: 'deleted' },
              { title: 'size', right: true },
            ],
            runs.map(({ id, name, seed, deletedAt, sizeBytes: size }) => [
              ...[id, name, String(seed)],
              ...[(deletedAt ?? '').slice(0, 16).replace('T', ' '), formatBytes(size)],
            ]),
          );
          return `${table}\n\n${formatBytes(sizeBytes)} in all. The app removes a run for good ${TRASH_DAYS} days after it was deleted; \`resnet-lab runs purge --all\` does it now.`;
        });
      });
    });
}
