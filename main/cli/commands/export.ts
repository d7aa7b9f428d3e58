// `resnet-lab export`: what was trained, in the form of another tool.
import type { Command } from 'commander';
import { EXPORT_FORMATS, type ExportFormat } from '../../../shared/contract/trainer.ts';
import { closestNames } from '../../../shared/spec/closest.ts';
import { userPath } from '../../host/user-path.ts';
import { terminalFor, withHost, type Cli } from '../cli.ts';
import { exportNetwork } from '../export-network.ts';
import { exportTensorboardFiles } from '../export-tensorboard.ts';
import type { Exporter, ExportOptions } from '../exporter.ts';
import { badOption } from '../option-values.ts';

const TENSORBOARD = 'tensorboard';
const FORMATS: readonly string[] = [...EXPORT_FORMATS, TENSORBOARD];

export function addExport(parent: Command, cli: Cli): void {
  parent
    .command('export')
    .description('a run, for another tool')
    .argument('<ids...>', 'runs, or the last four characters of their ids')
    .requiredOption('--format <names>', `some of ${FORMATS.join(', ')}`)
    .option('--out <dir>', 'where to write', 'export')
    .option('--checkpoint <which>', 'of a network: best, last, or the step of a kept one')
    .option('--fold', 'onnx: make one convolution of a convolution and the batch norm behind it')
    .option('--check-images <n>', 'of a network: images that go with it as a check', '16')
    .addHelpText(
      'after',
      `
onnx, pytorch, saved-model, tfjs: the network of one run, in a new folder, with images and check.py, which
computes them with the runtimes that are installed; that is done at once, and said.
tensorboard: event files, a folder for each run (\`tensorboard --logdir DIR\`). Curves, series of every block,
and the settings as HParams. Exporting a run again takes the place of its file.

Examples:
  resnet-lab export jm7k --format onnx,pytorch --out model
  resnet-lab export jm7k rss6 --format tensorboard --out logs`,
    )
    .action(async (runs: readonly string[], _: unknown, command: Command) => {
      const options = command.optsWithGlobals<ExportOptions>();
      const exporter = exporterFor(options.format);
      const terminal = terminalFor(cli, options);
      await withHost(cli, options, async (host) => {
        const folder = userPath(options.out);
        const { document, text, disagrees } = await exporter({
          ...{ host, terminal, runs, folder, options },
        });
        terminal.result(document, text);
        if (disagrees === true) cli.setExitCode(1);
      });
    });
}

function exporterFor(text: string): Exporter {
  const names = [...new Set(text.split(',').map((name) => name.trim()))];
  const formats = names.filter(isNetworkFormat);
  const unknown = names.find((name) => !FORMATS.includes(name));
  if (unknown !== undefined) throw unknownFormat(unknown);
  if (formats.length === names.length) {
    return (request) => exportNetwork(formats, request);
  }
  if (formats.length === 0) return exportTensorboardFiles;
  throw badOption('--format', `${TENSORBOARD} is another folder; export it by itself`);
}

function isNetworkFormat(name: string): name is ExportFormat {
  return EXPORT_FORMATS.some((format) => format === name);
}

function unknownFormat(given: string): Error {
  const [close] = closestNames(given, FORMATS);
  const hint = close === undefined ? '' : `; did you mean ${close}?`;
  return badOption('--format', `must be some of ${FORMATS.join(', ')}, not "${given}"${hint}`);
}
