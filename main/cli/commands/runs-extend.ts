// `resnet-lab runs extend`: trains a finished run for longer.
import type { Command } from 'commander';
import type { LengthSpec } from '../../../shared/spec/recipe.ts';
import { terminalFor, withHost, type Cli, type GlobalOptions } from '../cli.ts';
import { badOption, parsePositive, parseWhole } from '../option-values.ts';
import { createRunReporter } from '../run-progress.ts';
import { formatRunEnd, runDocument } from '../run-summary.ts';
import { STOPPED_EXIT_CODE, stoppable } from '../stop-signals.ts';

interface Options extends GlobalOptions {
  readonly epochs?: string;
  readonly steps?: string;
  readonly schedule?: string;
}

const schedules = ['stretch', 'append'] as const;

export function addRunsExtend(parent: Command, cli: Cli): void {
  parent
    .command('extend')
    .description('train a finished run for longer')
    .argument('<id>', 'a run, or the last four characters of its id')
    .option('--epochs <n>', 'how long the whole run is to be')
    .option('--steps <n>', 'the same in steps, instead of --epochs')
    .option(
      '--schedule <stretch|append>',
      'the rate from here on: as if planned for the whole length, or the schedule again over the added steps',
    )
    .action(async (id: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const length = lengthOf(options);
      const schedule = scheduleOf(options.schedule);
      const terminal = terminalFor(cli, options);
      const { extendRun } = await import('../../host/extend-run.ts');
      await stoppable(cli, terminal, async (signals) => {
        await withHost(cli, options, async ({ runs, library }) => {
          const reporter = createRunReporter(terminal);
          const extended = await extendRun(
            library,
            id,
            { length, schedule },
            { onEvent: (event) => reporter.onEvent(event), signal: signals.stop },
          );
          const run = await runs.resume(extended.id, {
            onEvent: (event) => reporter.onEvent(event),
            stop: signals.stop,
            abandon: signals.abandon,
          });
          const folder = library.runFolder(run.id);
          terminal.result(runDocument(run, folder), () => formatRunEnd(run, folder));
          if (run.status !== 'finished') cli.setExitCode(STOPPED_EXIT_CODE);
        });
      });
    });
}

function lengthOf({ epochs, steps }: Options): LengthSpec {
  if ((epochs === undefined) === (steps === undefined)) {
    throw badOption('--epochs', 'N or --steps N: give one of them, for the whole run');
  }
  if (epochs !== undefined) return { kind: 'epochs', epochs: parsePositive('--epochs', epochs) };
  return { kind: 'steps', steps: parseWhole('--steps', steps ?? '') };
}

function scheduleOf(text: string | undefined): (typeof schedules)[number] | undefined {
  if (text === undefined) return undefined;
  const found = schedules.find((one) => one === text);
  if (found !== undefined) return found;
  throw badOption('--schedule', `must be stretch or append, not "${text}"`);
}
