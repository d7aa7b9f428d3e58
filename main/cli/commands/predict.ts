// `resnet-lab predict`: classes of images, or logits of a tensor file.
import path from 'node:path';
import type { Command } from 'commander';
import { fromErrorDocument } from '../../../shared/errors.ts';
import { formatQuantity, formatPercent } from '../../../shared/format.ts';
import type { PredictJob, Prediction, PredictResult } from '../../../shared/contract/trainer.ts';
import { terminalFor, withHost, type Cli, type GlobalOptions } from '../cli.ts';
import type { Terminal } from '../terminal.ts';
import {
  badOption,
  parseInputShape,
  parseNormalization,
  parseSwitch,
  parseWhole,
} from '../option-values.ts';
import { userPath } from '../../host/user-path.ts';
import { findImages } from '../../host/find-images.ts';
import { formatPreparing } from '../run-progress.ts';
import { notFiniteSentence } from '../../../shared/not-finite.ts';
import { formatTable } from '../table.ts';
import { chooseWeights, type ChosenWeights, type WeightOptions } from '../weight-options.ts';
import { refusalLine } from '../report-error.ts';

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
    .option(
      '--images <path...>',
      'image files, folders of them, or patterns such as "photos/**/*.jpg"',
    )
    .option('--tensor <file>', 'a .safetensors file with x, float32 [N, H, W, C], normalized')
    .option('--out <file>', 'with --tensor: where logits, float32 [N, classes], go')
    .option('--batch <n>', 'images in a batch', '64')
    .option('--input <size>', 'HEIGHTxWIDTHxCHANNELS, for images with weights from elsewhere')
    .option('--normalize <M,M,M/S,S,S>', 'for images with weights from elsewhere')
    .option('--flip <on|off>', "test-time flip (default: as the run's recipe says)")
    .option('--checkpoint <which>', 'with --run: best, last, or the step of a kept one')
    .action((_: unknown, command: Command) => run(cli, command.optsWithGlobals<Options>()));
}

async function run(cli: Cli, options: Options): Promise<void> {
  const terminal = terminalFor(cli, options);
  const { input, leftOut } = await inputOf(options);
  const { flip } = options;
  const asked = {
    ...{ input, batch: parseWhole('--batch', options.batch) },
    ...(flip === undefined ? {} : { testTimeFlip: parseSwitch('--flip', flip) }),
  };
  const { predict } = await import('../../host/weights-jobs.ts');
  await withHost(cli, options, async (host) => {
    const chosen = await chooseWeights(host, options);
    const { weights } = chosen;
    const out = input.kind === 'tensor' ? input.out : undefined;
    const predicted = await predict(
      host.parts,
      { weights, ...asked },
      { onEvent: (event) => terminal.status(formatPreparing(event)) },
    );
    const about = {
      weights: weights.file,
      ...(chosen.run === undefined ? {} : { run: chosen.run }),
    };
    const exitCode =
      predicted.kind === 'logits'
        ? showLogits(terminal, predicted, { ...about, out })
        : showPredictions(terminal, predicted, { ...about, leftOut });
    if (exitCode !== 0) cli.setExitCode(exitCode);
  });
}

interface About {
  readonly weights: string;
  readonly run?: NonNullable<ChosenWeights['run']>;
}

/** Returns the exit code. */
function showLogits(
  terminal: Terminal,
  { examples, notFinite }: Extract<PredictResult, { kind: 'logits' }>,
  about: About & { readonly out: string | undefined },
): number {
  if (notFinite > 0) {
    terminal.note(`warning: ${notFiniteSentence(notFinite, examples, 'row')}`);
  }
  terminal.result({ ...about, examples, notFinite }, () => `Wrote ${about.out}.`);
  return notFinite > 0 ? 1 : 0;
}

/** Returns the exit code. @throws what is wrong with the only image */
function showPredictions(
  terminal: Terminal,
  { predictions, failed }: Extract<PredictResult, { kind: 'predictions' }>,
  about: About & { readonly leftOut: readonly string[] },
): number {
  const [first] = failed;
  if (first !== undefined && predictions.length === 0 && failed.length === 1) {
    throw fromErrorDocument(first.error);
  }
  const without = predictions.filter(({ notFinite }) => notFinite === true).length;
  if (without > 0) {
    terminal.note(`warning: ${notFiniteSentence(without, predictions.length)}`);
  }
  for (const { file, damage } of predictions) {
    if (damage !== undefined) terminal.note(`${file} ${damage}; what is there was used.`);
  }
  for (const { file, error } of failed) terminal.note(refusalLine(file, error));
  const { leftOut, ...document } = about;
  terminal.result({ ...document, predictions, failed, leftOut }, () =>
    [formatPredictions(predictions), ...unusedSentences(failed.length, leftOut.length)].join(
      '\n\n',
    ),
  );
  if (failed.length > 0) return 2;
  return without > 0 ? 1 : 0;
}

function unusedSentences(failed: number, leftOut: number): string[] {
  return [
    ...(failed === 0 ? [] : [`${formatQuantity(failed, 'file')} could not be read; see above.`]),
    ...(leftOut === 0
      ? []
      : [`${formatQuantity(leftOut, 'file')} in these folders left out: not images.`]),
  ];
}

interface Input {
  readonly input: PredictJob['input'];
  /** Files of the folders that are no images by their names. */
  readonly leftOut: readonly string[];
}

async function inputOf(options: Options): Promise<Input> {
  const { images, tensor, out, input, normalize } = options;
  if ((images === undefined) === (tensor === undefined)) {
    throw badOption('--images', 'PATH… or --tensor FILE: give one of them');
  }
  if (tensor !== undefined) {
    if (out === undefined) throw badOption('--out', 'is missing: say where the logits go');
    return { input: { kind: 'tensor', file: userPath(tensor), out: userPath(out) }, leftOut: [] };
  }
  const { files, leftOut } = await findImages(images ?? []);
  return {
    input: {
      kind: 'images',
      files: [...files],
      ...(input === undefined ? {} : { shape: parseInputShape(input) }),
      ...(normalize === undefined ? {} : { normalization: parseNormalization(normalize) }),
    },
    leftOut,
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
      if (notFinite === true) return [nameOf(file), 'no prediction', '', 'logits not finite'];
      const [first, ...others] = classes.slice(0, shownClasses);
      return [
        nameOf(file),
        first?.name ?? '',
        formatPercent(first?.probability ?? Number.NaN),
        others.map(({ name, probability }) => `${name} ${formatPercent(probability)}`).join(', '),
      ];
    }),
  );
}

/** Relative where that is shorter: files of several folders may have one name. */
function nameOf(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return relative.startsWith('..') ? file : relative;
}
