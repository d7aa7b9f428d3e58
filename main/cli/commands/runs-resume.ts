// `resnet-lab runs resume`: goes on with a run from its last checkpoint.
import type { Command } from 'commander';
import type { GoBackChoice } from '../../../shared/contract/run-history.ts';
import { terminalFor, withHost, type Cli, type GlobalOptions } from '../cli.ts';
import { parseWhole } from '../option-values.ts';
import { createRunReporter } from '../run-progress.ts';
import { formatRunEnd, runDocument } from '../run-summary.ts';
import { STOPPED_EXIT_CODE, stoppable } from '../stop-signals.ts';

export function addRunsResume(parent: Command, cli: Cli): void {
  parent
    .command('resume')
    .description('go on with a run that was stopped, killed or failed')
    .argument('<id>', 'a run, or the last four characters of its id')
    .option(
      '--from <checkpoint>',
      'go back first: best, last, the step of a kept one, or start; what came after it is lost',
    )
    .action(async (id: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & { readonly from?: string }>();
      const from = goBackChoice(options.from);
      const terminal = terminalFor(cli, options);
      await stoppable(cli, terminal, async (signals) => {
        await withHost(cli, options, async ({ runs, library }) => {
          const reporter = createRunReporter(terminal);
          const run = await runs.resume(id, {
            onEvent: (event) => reporter.onEvent(event),
            stop: signals.stop,
            abandon: signals.abandon,
            from,
          });
          const folder = library.runFolder(run.id);
          terminal.result(runDocument(run, folder), () => formatRunEnd(run, folder));
          if (run.status !== 'finished') cli.setExitCode(STOPPED_EXIT_CODE);
        });
      });
    });
}

function goBackChoice(text: string | undefined): GoBackChoice | undefined {
  if (text === undefined || text === 'best' || text === 'last' || text === 'start') return text;
  return parseWhole('--from', text, 0);
}
