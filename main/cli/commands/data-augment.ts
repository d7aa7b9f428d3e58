// `resnet-lab data augment`: a sheet of training images as the steps of a run would see them.
import type { Command } from 'commander';
import { terminalFor, withHost, type Cli, type GlobalOptions } from '../cli.ts';
import { badOption, parseWhole } from '../option-values.ts';
import { formatPreparing } from '../run-progress.ts';
import { runSpecs } from '../run-spec.ts';
import { userPath } from '../../host/user-path.ts';

interface Options extends GlobalOptions {
  readonly augment: string;
  readonly set?: readonly string[];
  readonly seed: string;
  readonly images: string;
  readonly rounds: string;
  readonly out: string;
}

export function addDataAugment(parent: Command, cli: Cli): void {
  parent
    .command('augment')
    .description('write a PNG of training images and what augmentation makes of them')
    .argument('<source>', 'as for train --data')
    .option('--augment <name>', 'as for train', 'standard')
    .option('--set <path=value...>', 'as for train, such as augmentation.cutout=8')
    .option('--seed <n>', 'as for train', '0')
    .option('--images <n>', 'rows', '8')
    .option('--rounds <n>', 'columns beside the original', '8')
    .option('--out <file>', 'the picture', 'augmented.png')
    .action(async (source: string, _: unknown, command: Command) => {
      const { augment, set, seed, ...options } = command.optsWithGlobals<Options>();
      const terminal = terminalFor(cli, options);
      const [spec] = runSpecs({
        ...{ data: source, arch: 'resnet20', augment, seed },
        ...(set === undefined ? {} : { set }),
      });
      if (spec === undefined) throw badOption('--seed', 'must name a seed');
      const out = userPath(options.out);
      const { writeAugmentedSheet } = await import('../../host/weights-jobs.ts');
      await withHost(cli, options, async ({ parts }) => {
        await writeAugmentedSheet(
          parts,
          {
            data: spec.data,
            augmentation: spec.recipe.augmentation,
            normalization: spec.recipe.normalization,
            seed: spec.seed,
            images: parseWhole('--images', options.images, 2),
            rounds: parseWhole('--rounds', options.rounds),
            out,
          },
          { onEvent: (event) => terminal.status(formatPreparing(event)) },
        );
      });
      terminal.result({ out, augmentation: spec.recipe.augmentation }, () => out);
    });
}
