// `resnet-lab report`: a report about runs in any of its forms, the same as the window exports.
import path from 'node:path';
import type { Command } from 'commander';
import { EXPORT_FORMATS, type ExportFormat } from '../../../shared/contract/app/reports.ts';
import { formatBytes } from '../../../shared/format.ts';
import { closestNames } from '../../../shared/spec/closest.ts';
import { terminalFor, withHost, type Cli, type GlobalOptions } from '../cli.ts';
import { badOption } from '../option-values.ts';
import { userPath } from '../../host/user-path.ts';

interface Options extends GlobalOptions {
  readonly format: string;
  readonly out: string;
  readonly title?: string;
  readonly group?: string;
  readonly study?: string;
  readonly checkpoints?: boolean;
}

export function addReport(parent: Command, cli: Cli): void {
  parent
    .command('report')
    .description('compare runs and write a report about them')
    .argument(
      '[ids...]',
      'runs, or the last four characters of their ids; or one report of the window',
    )
    .option('--group <text>', 'all runs of this group')
    .option('--format <names>', `some of ${EXPORT_FORMATS.join(', ')}`, 'html')
    .option('--out <dir>', 'where to write', 'report')
    .option('--title <text>', 'its title')
    .option('--study <path>', 'what the comparison is about, such as architecture or recipe.batch')
    .option('--checkpoints', 'put the checkpoints into the zip bundle as well')
    .addHelpText(
      'after',
      `
Examples:
  resnet-lab report --group shortcuts --format html,pdf,tex --out report
  resnet-lab report jm7k rss6 ztmj --format zip --checkpoints`,
    )
    .action(async (ids: readonly string[], _: unknown, command: Command) => {
      await report(cli, ids, command.optsWithGlobals<Options>());
    });
}

async function report(cli: Cli, references: readonly string[], options: Options): Promise<void> {
  const terminal = terminalFor(cli, options);
  const formats = parseFormats(options.format);
  const { makeReport } = await import('../../host/make-report.ts');
  await withHost(cli, options, async ({ parts }) => {
    const folder = userPath(options.out);
    const made = await makeReport(parts, {
      ...{ references, group: options.group, formats, folder, title: options.title },
      ...{ study: options.study, withCheckpoints: options.checkpoints ?? false },
      onFormat: (format) => terminal.note(`Writing ${format} …`),
    });
    terminal.result({ folder, ...made }, () =>
      [
        ...made.verdicts,
        '',
        ...made.files.map(
          ({ name, sizeBytes }) => `${path.join(folder, name)}  ${formatBytes(sizeBytes)}`,
        ),
      ].join('\n'),
    );
  });
}

function parseFormats(text: string): ExportFormat[] {
  return text.split(',').map((part) => {
    const name = part.trim();
    const found = EXPORT_FORMATS.find((format) => format === name);
    if (found) return found;
    const [close] = closestNames(name, EXPORT_FORMATS);
    const hint = close === undefined ? '' : `; did you mean ${close}?`;
    throw badOption(
      '--format',
      `must be some of ${EXPORT_FORMATS.join(', ')}, not "${name}"${hint}`,
    );
  });
}
