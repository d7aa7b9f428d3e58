// `resnet-lab data inspect`: what is in a dataset and what is wrong with it, before training on it.
import type { Command } from 'commander';
import { terminalFor, withHost, type Cli, type GlobalOptions } from '../cli.ts';
import {
  absoluteSource,
  COLUMNS_HELP,
  LAYOUT_HELP,
  MERGE_HELP,
  type FolderOptions,
} from '../folder-options.ts';
import { dataSpecWith } from '../run-spec.ts';
import { formatPreparing } from '../run-progress.ts';

export function addDataInspect(parent: Command, cli: Cli): void {
  parent
    .command('inspect')
    .description('counts, sizes, unusable files, duplicates and leaks of a dataset')
    .argument(
      '<source>',
      'a folder or .zip, .tar, .tar.gz of one, CIFAR, MNIST, a .npz or .safetensors file, or builtin:shapes',
    )
    .option('--layout <name>', LAYOUT_HELP)
    .option('--merge-classes', MERGE_HELP)
    .option('--columns <names>', COLUMNS_HELP)
    .option(
      '--set <path=value>',
      'a data setting, e.g. data.depth=0..4095 or data.ground=black; repeatable',
      (text: string, before: readonly string[] | undefined) => [...(before ?? []), text],
    )
    .action(async (source: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<
        GlobalOptions & FolderOptions & { readonly set?: readonly string[] }
      >();
      const terminal = terminalFor(cli, options);
      const { currentData, inspectData, rememberDataset, rememberedRules } =
        await import('../../host/dataset-outline.ts');
      await withHost(cli, options, async ({ library }) => {
        const { withCurrentDecisions } = await import('../../host/decisions.ts');
        const data = await withCurrentDecisions(
          library,
          currentData(
            library,
            dataSpecWith(source, options, rememberedRules(library, absoluteSource(source))),
          ),
        );
        const report = await inspectData(data, {
          cacheFolder: library.cacheFolder,
          onEvent: (event) => terminal.status(formatPreparing(event)),
        });
        if (report.decoded !== undefined) {
          const { images, imagesPerSecond } = report.decoded;
          terminal.note(`Decoded ${images} images, ${Math.round(imagesPerSecond)} a second.`);
        }
        rememberDataset(library, report.outline);
        terminal.result(report.document, () => report.text);
      });
    });
}
