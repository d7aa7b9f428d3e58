// `resnet-lab evaluate`: loss and accuracy of trained weights on a split, or the terms of an autoencoder's loss.
import { notFiniteSentence } from '../../../shared/not-finite.ts';
import type { Command } from 'commander';
import { inputError } from '../../../shared/errors.ts';
import { formatExact, formatPercent, formatSignificant } from '../../../shared/format.ts';
import { DataSpec, RunSpec } from '../../../shared/spec/run.ts';
import type { EvaluationFacts } from '../../../shared/contract/trainer.ts';
import type { Preparing } from '../../host/host-parts.ts';
import type { Host } from '../../host/open-host.ts';
import { formatCalibration } from '../format-calibration.ts';
import { terminalFor, withHost, type Cli, type GlobalOptions } from '../cli.ts';
import {
  dataFrom,
  COLUMNS_HELP,
  LAYOUT_HELP,
  MERGE_HELP,
  type FolderOptions,
} from '../folder-options.ts';
import { badOption, parseNormalization, parseSwitch, parseWhole } from '../option-values.ts';
import { formatPreparing } from '../run-progress.ts';
import { formatPairs, formatTable } from '../table.ts';
import { chooseWeights, type WeightOptions } from '../weight-options.ts';

interface Options extends GlobalOptions, WeightOptions, FolderOptions {
  readonly data?: string;
  readonly split: string;
  readonly batch: string;
  readonly normalize?: string;
  readonly flip?: string;
  readonly calibration?: boolean;
}

const splits = ['train', 'val', 'test'] as const;

export function addEvaluate(parent: Command, cli: Cli): void {
  parent
    .command('evaluate')
    .description('loss and accuracy of trained weights; of an autoencoder loss and its terms')
    .option('--run <id>', 'the best checkpoint of this run')
    .option('--arch <name>', 'with --weights: the network they belong to')
    .option('--weights <file>', 'a .safetensors file with PyTorch names')
    .option('--data <source>', "the dataset (default: the run's)")
    .option('--layout <name>', `of --data: ${LAYOUT_HELP}`)
    .option('--merge-classes', `of --data: ${MERGE_HELP}`)
    .option('--columns <names>', `of --data: ${COLUMNS_HELP}`)
    .option('--split <name>', 'train, val or test', 'val')
    .option('--batch <n>', 'images in a batch', '128')
    .option('--normalize <auto|per-pixel|M,M,M/S,S,S>', 'for weights from elsewhere')
    .option('--flip <on|off>', "test-time flip (default: as the run's recipe says)")
    .option('--calibration', 'also reliability, expected calibration error and temperature')
    .option('--checkpoint <which>', 'with --run: best, last, or the step of a kept one')
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const terminal = terminalFor(cli, options);
      const split = splits.find((name) => name === options.split);
      if (split === undefined) {
        throw badOption('--split', `must be one of ${splits.join(', ')}, not "${options.split}"`);
      }
      const batch = parseWhole('--batch', options.batch);
      const { evaluate, evaluateCalibrated } = await import('../../host/weights-jobs.ts');
      const { currentData } = await import('../../host/dataset-outline.ts');
      await withHost(cli, options, async (host) => {
        const { weights, run } = await chooseWeights(host, options);
        const { normalize, flip } = options;
        const request = {
          weights,
          data: dataFor(host, options, currentData),
          split,
          batch,
          ...(normalize === undefined ? {} : { normalization: parseNormalization(normalize) }),
          ...(flip === undefined ? {} : { testTimeFlip: parseSwitch('--flip', flip) }),
        };
        const onEvent = (event: Preparing): void => terminal.status(formatPreparing(event));
        const { facts, calibration } =
          options.calibration === true
            ? await evaluateCalibrated(host.parts, request, { onEvent })
            : { facts: await evaluate(host.parts, request, { onEvent }), calibration: undefined };
        const document = {
          ...{ weights: weights.file, ...(run === undefined ? {} : { run }), ...facts },
          ...(calibration === undefined ? {} : { calibration }),
        };
        const { examples } = facts;
        const notFinite = 'elbo' in facts ? 0 : (facts.notFinite ?? 0);
        if (notFinite > 0) terminal.note(`warning: ${notFiniteSentence(notFinite, examples)}`);
        terminal.result(document, () =>
          [
            formatFacts(facts, weights.file),
            ...(calibration ? [formatCalibration(calibration)] : []),
          ].join('\n\n'),
        );
      });
    });
}

/** Another dataset replaces the source and how it is read: the split stays drawn as it was for the run. */
function dataFor(
  { library }: Host,
  options: Options,
  currentData: (library: Host['library'], data: DataSpec) => DataSpec,
): DataSpec {
  const { data, run } = options;
  const known = run === undefined ? undefined : RunSpec.parse(library.runs.get(run).spec).data;
  if (data !== undefined) {
    const given = dataFrom(data, options);
    if (known === undefined) return currentData(library, given);
    const { source, layout, mergeClasses, columns } = given;
    // What was left out of one dataset says nothing of another.
    const reading = { layout, mergeClasses, columns, decisions: undefined };
    return DataSpec.parse({ ...known, source, ...reading });
  }
  if (known !== undefined) return known;
  throw inputError('bad-option', 'Say which dataset to evaluate on: --data SOURCE.', {
    path: '--data',
  });
}

function formatFacts(facts: EvaluationFacts, file: string): string {
  const common: readonly [string, string][] = [
    ['weights', file],
    ['split', `${facts.split}, ${formatExact(facts.examples)} images`],
    ['loss', `${formatSignificant(facts.loss)} nats`],
  ];
  if ('elbo' in facts) {
    return formatPairs([
      ...common,
      ['reconstruction', `${formatSignificant(facts.elbo.reconstruction)} nats`],
      ['KL divergence', `${formatSignificant(facts.elbo.divergence)} nats`],
    ]);
  }
  const pairs = formatPairs([
    ...common,
    ['accuracy', formatPercent(facts.accuracy)],
    ['top 5', formatPercent(facts.top5)],
  ]);
  if (facts.classes === undefined) return pairs;
  const table = formatTable(
    [
      { title: 'class' },
      { title: 'images', right: true },
      { title: 'correct', right: true },
      { title: 'accuracy', right: true },
    ],
    facts.classes.map(({ name, examples, correct }) => [
      name,
      String(examples),
      String(correct),
      examples === 0 ? '' : formatPercent(correct / examples),
    ]),
  );
  return `${pairs}\n\n${table}`;
}
