// `resnet-lab predict`: classes of images, or logits of a tensor file.
import path from 'node:path';
import type { Command } from 'commander';
import { formatPercent } from '../../../shared/format.ts';
import type { PredictJob, Prediction } from '../../../shared/contract/trainer.ts';
import { terminalFor, withHost, type Cli, type GlobalOptions } from '../cli.ts';
import {
  badOption,
  parseInputShape,
  parseNormalization,
  parseSwitch,
  parseWhole,
} from '../option-values.ts';
import { formatPreparing } from '../run-progress.ts';
import { notFiniteSentence } from '../../../shared/not-finite.ts';
import { formatTable } from '../table.ts';
import { chooseWeights, type WeightOptions } from '../weight-options.ts';

interface Options extends GlobalOptions, WeightOptions {
  readonly images?: readonly string[];
  readonly tensor?: string;
  readonly out?: string;
  readonly batch: string;
  readonly input?: string;
  readonly normalize?: string;
  readonly flip?: string;
}

const shownClasses = 3;

export function addPredict(parent: Command, cli: Cli): void {
  parent
    .command('predict')
    .description('classes of images, or logits of a tensor file')
    .option('--run <id>', 'the best checkpoint of this run')
    .option('--arch <name>', 'with --weights: the network they belong to')
    .option('--weights <file>', 'a .safetensors file with PyTorch names')
    .option('--images <file...>', 'JPEG or PNG files')
    .option('--tensor <file>', 'a .safetensors file with x, float32 [N, H, W, C], normalized')
    .option('--out <file>', 'with --tensor: where logits, float32 [N, classes], go')
    .option('--batch <n>', 'images in a batch', '64')
    .option('--input <size>', 'HEIGHTxWIDTHxCHANNELS, for images with weights from elsewhere')
    .option('--normalize <M,M,M/S,S,S>', 'for images with weights from elsewhere')
    .option('--flip <on|off>', "test-time flip (default: as the run's recipe says)")
    .option('--checkpoint <which>', 'with --run: best, last, or the step of a kept one')
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const terminal = terminalFor(cli, options);
      const input = inputOf(options);
      const batch = parseWhole('--batch', options.batch);
      const { predict } = await import('../../host/weights-jobs.ts');
      await withHost(cli, options, async (host) => {
        const { weights, run } = await chooseWeights(host, options);
        const predictions = await predict(
          host.parts,
          {
            ...{ weights, input, batch },
            ...(options.flip === undefined
              ? {}
              : { testTimeFlip: parseSwitch('--flip', options.flip) }),
          },
          { onEvent: (event) => terminal.status(formatPreparing(event)) },
        );
        const document = { weights: weights.file, ...(run === undefined ? {} : { run }) };
        if (input.kind === 'tensor') {
          terminal.result({ ...document, out: input.out }, () => `Wrote ${input.out}.`);
        } else {
          const rows = predictions ?? [];
          const without = rows.filter(({ notFinite }) => notFinite === true).length;
          if (without > 0) {
            terminal.note(`warning: ${notFiniteSentence(without, rows.length)}`);
            cli.setExitCode(1);
          }
          terminal.result({ ...document, predictions: rows }, () => formatPredictions(rows));
        }
      });
    });
}

function inputOf(options: Options): PredictJob['input'] {
  const { images, tensor, out, input, normalize } = options;
  if ((images === undefined) === (tensor === undefined)) {
    throw badOption('--images', 'FILE… or --tensor FILE: give one of them');
  }
  if (tensor !== undefined) {
    if (out === undefined) throw badOption('--out', 'is missing: say where the logits go');
    return { kind: 'tensor', file: path.resolve(tensor), out: path.resolve(out) };
  }
  return {
    kind: 'images',
    files: (images ?? []).map((file) => path.resolve(file)),
    ...(input === undefined ? {} : { shape: parseInputShape(input) }),
    ...(normalize === undefined ? {} : { normalization: parseNormalization(normalize) }),
  };
}

function formatPredictions(predictions: readonly Prediction[]): string {
  return formatTable(
    [
      { title: 'image' },
      { title: 'class' },
      { title: 'probability', right: true },
      { title: 'else' },
    ],
    predictions.map(({ file, classes, notFinite }) => {
      if (notFinite === true)
        return [path.basename(file), 'no prediction', '', 'logits not finite'];
      const [first, ...others] = classes.slice(0, shownClasses);
      return [
        path.basename(file),
        first?.name ?? '',
        formatPercent(first?.probability ?? Number.NaN),
        others.map(({ name, probability }) => `${name} ${formatPercent(probability)}`).join(', '),
      ];
    }),
  );
}
