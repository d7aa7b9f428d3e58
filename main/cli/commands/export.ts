// `resnet-lab export`: what was trained, in the form of another tool.
import type { Command } from 'commander';
import { closestNames } from '../../../shared/spec/closest.ts';
import type { Host } from '../../host/open-host.ts';
import { userPath } from '../../host/user-path.ts';
import { terminalFor, withHost, type Cli, type GlobalOptions } from '../cli.ts';
import { badOption } from '../option-values.ts';
import { exportedToTensorboard } from '../export-tensorboard.ts';

interface Options extends GlobalOptions {
  readonly format: string;
  readonly out: string;
}

export interface Exported {
  readonly document: unknown;
  readonly text: () => string;
}

/** Writes these runs below a folder. */
export type Exporter = (
  library: Host['library'],
  runs: readonly string[],
  folder: string,
) => Promise<Exported>;

const EXPORTERS: Readonly<Record<string, Exporter>> = { tensorboard: exportedToTensorboard };

export function addExport(parent: Command, cli: Cli): void {
  const names = Object.keys(EXPORTERS);
  parent
    .command('export')
    .description('a run, for another tool')
    .argument('<ids...>', 'runs, or the last four characters of their ids')
    .requiredOption('--format <name>', names.join(', '))
    .option('--out <dir>', 'where to write', 'export')
    .addHelpText(
      'after',
      `
tensorboard: event files, a folder for each run (\`tensorboard --logdir DIR\`). Curves, series of every block,
and the settings as HParams. Exporting a run again takes the place of its file.

Example:
  resnet-lab export jm7k rss6 --format tensorboard --out logs`,
    )
    .action(async (ids: readonly string[], _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const exporter = EXPORTERS[options.format];
      if (exporter === undefined) throw unknownFormat(options.format, names);
      const terminal = terminalFor(cli, options);
      await withHost(cli, options, async ({ library }) => {
        const { document, text } = await exporter(library, ids, userPath(options.out));
        terminal.result(document, text);
      });
    });
}

function unknownFormat(given: string, known: readonly string[]): Error {
  const [close] = closestNames(given, known);
  const hint = close === undefined ? '' : `; did you mean ${close}?`;
  return badOption('--format', `must be one of ${known.join(', ')}, not "${given}"${hint}`);
}
