// `resnet-lab train`: one run for each seed, one after the other.
import type { Command } from 'commander';
import { PrecisionSpec } from '../../../shared/spec/precision.ts';
import { RECIPES } from '../../../shared/spec/recipes.ts';
import type { RunRecord } from '../../host/run-service.ts';
import { userPath } from '../../host/user-path.ts';
import type { Host } from '../../host/open-host.ts';
import type { Terminal } from '../terminal.ts';
import { terminalFor, withHost, type Cli, type GlobalOptions } from '../cli.ts';
import { createRunReporter } from '../run-progress.ts';
import type { RunSpec } from '../../../shared/spec/run.ts';
import { absoluteSource, COLUMNS_HELP, LAYOUT_HELP, MERGE_HELP } from '../folder-options.ts';
import { runSpecs, type TrainOptions } from '../run-spec.ts';
import { formatRunEnd, runDocument } from '../run-summary.ts';
import { STOPPED_EXIT_CODE, stoppable } from '../stop-signals.ts';

interface Options extends TrainOptions, GlobalOptions {
  readonly tensorboard?: string;
}

export function addTrain(parent: Command, cli: Cli): void {
  parent
    .command('train')
    .description('train a network on a dataset')
    .requiredOption(
      '--data <source>',
      'a folder or archive of one, CIFAR, .safetensors file, or builtin:shapes',
    )
    .option('--layout <name>', LAYOUT_HELP)
    .option('--merge-classes', MERGE_HELP)
    .option('--columns <names>', COLUMNS_HELP)
    .requiredOption('--arch <name>', 'a name from `zoo list`, or a SPEC.json')
    .option(
      '--set <path=value>',
      'change the architecture, the recipe or data.…; may be repeated',
      (text: string, before: readonly string[] | undefined) => [...(before ?? []), text],
    )
    .option(
      '--recipe <name>',
      `a file, or one of ${RECIPES.map(({ name }) => name).join(', ')} (default: the first of the network’s family)`,
    )
    .option('--epochs <n>', 'how often every training image is seen')
    .option('--steps <n>', 'how many batches are seen, instead of --epochs')
    .option('--batch <n>', 'images in a batch')
    .option(
      '--precision <format>',
      `${PrecisionSpec.options.join(', ')}; auto: what the device is fastest in`,
    )
    .option(
      '--devices <n,…>',
      'GPUs as nvidia-smi counts them; several divide every step (0,1); cpu for the processor',
    )
    .option('--seed <n,…>', 'one run for each seed', '0')
    .option('--weights <file>', 'start from these weights (.safetensors, PyTorch names)')
    .option('--new-head', 'leave the last layer of --weights and train a new one')
    .option('--shuffle <on|off>', 'a new order in every epoch')
    .option('--augment <name>', 'none, or standard: pad by 4, crop, flip')
    .option('--normalize <auto|per-pixel|M,M,M/S,S,S>', 'means and deviations of pixels in [0, 1]')
    .option('--diagnostics <n>', 'record every block every n steps; 0 for never')
    .option('--name <text>', 'what to call the run')
    .option('--group <text>', 'runs to compare')
    .option('--tensorboard <dir>', 'write event files there while it trains, a folder for each run')
    .addHelpText(
      'after',
      `
Ctrl-C once writes a checkpoint and stops (exit code ${STOPPED_EXIT_CODE}); \`runs resume\` goes on. Twice ends it at once.

Examples:
  resnet-lab train --data builtin:shapes --arch resnet20
  resnet-lab train --data photos --arch resnet18 --augment standard --epochs 30 --seed 1,2,3
  resnet-lab train --data photos --arch resnet18 --weights resnet18.safetensors --new-head --recipe fine-tune
  resnet-lab train --data cifar-10-binary.tar.gz --arch wrn-16-8 --set block.dropout=0.3 --recipe wrn`,
    )
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      await train(cli, options);
    });
}

async function train(cli: Cli, options: Options): Promise<void> {
  const terminal = terminalFor(cli, options);
  const specs = runSpecs(options);
  const tensorboard = options.tensorboard === undefined ? undefined : userPath(options.tensorboard);
  await stoppable(cli, terminal, async (signals) => {
    await withHost(cli, options, async ({ runs, library }) => {
      const ended: RunRecord[] = [];
      for (const spec of await withRememberedRules(options, specs, { library, terminal })) {
        const reporter = createRunReporter(terminal);
        ended.push(
          await runs.start(spec, {
            onEvent: (event) => reporter.onEvent(event),
            stop: signals.stop,
            abandon: signals.abandon,
            tensorboard,
          }),
        );
        if (signals.stop.aborted) break;
      }
      const documents = ended.map((run) => runDocument(run, library.runFolder(run.id)));
      terminal.result(specs.length === 1 ? documents[0] : { runs: documents }, () =>
        ended.map((run) => formatRunEnd(run, library.runFolder(run.id))).join('\n\n'),
      );
      const left = specs.slice(ended.length).map((spec) => spec.seed);
      if (left.length > 0) terminal.note(`Not started: seed ${left.join(', ')}.`);
      if (ended.some((run) => run.status !== 'finished')) cli.setExitCode(STOPPED_EXIT_CODE);
    });
  });
}

/** As the app reads this source; what `--set data.…` says counts more. */
async function withRememberedRules(
  options: Options,
  specs: readonly RunSpec[],
  { library, terminal }: Pick<Host, 'library'> & { readonly terminal: Terminal },
): Promise<readonly RunSpec[]> {
  const { rememberedRules } = await import('../../host/dataset-outline.ts');
  const rules = rememberedRules(library, absoluteSource(options.data));
  if (rules === undefined) return specs;
  const remembered = runSpecs(options, rules);
  const [before, now] = [specs[0]?.data, remembered[0]?.data];
  const changed = (['depth', 'ground', 'damaged'] as const).filter(
    (name) => before?.[name] !== now?.[name],
  );
  if (changed.length > 0) {
    const names = changed.map((name) => `${name} ${rules[name]}`).join(', ');
    terminal.note(
      `Pixels are read as this dataset was last: ${names} (--set data.… changes that).`,
    );
  }
  return remembered;
}
