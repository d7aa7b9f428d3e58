// `resnet-lab runs import`: takes in a bundle that `report --format zip` made, here or elsewhere.
import type { Command } from 'commander';
import { terminalFor, withHost, type Cli, type GlobalOptions } from '../cli.ts';
import { userPath } from '../../host/user-path.ts';

export function addRunsImport(parent: Command, cli: Cli): void {
  parent
    .command('import')
    .description('take in the runs and the report of a bundle (.zip)')
    .argument('<file>', 'what `report --format zip` made')
    .action(async (file: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const terminal = terminalFor(cli, options);
      const { importBundle } = await import('../../host/import-bundle.ts');
      await withHost(cli, options, async ({ library }) => {
        const imported = await importBundle(library, userPath(file));
        terminal.result(imported, () => {
          const { added, known, report } = imported;
          const lines = [
            `Added ${added.length} runs${added.length === 0 ? '' : `: ${added.join(', ')}`}`,
          ];
          if (known.length > 0) lines.push(`Here already, left as they are: ${known.join(', ')}`);
          if (report !== null) lines.push(`Report: ${report}`);
          return lines.join('\n');
        });
      });
    });
}
