// `resnet-lab runs resume`: goes on with a run from its last checkpoint.
import type { Command } from 'commander';
import { terminalFor, withHost, type Cli, type GlobalOptions } from '../cli.ts';
import { createRunReporter } from '../run-progress.ts';
import { formatRunEnd, runDocument } from '../run-summary.ts';
import { STOPPED_EXIT_CODE, stoppable } from '../stop-signals.ts';

export function addRunsResume(parent: Command, cli: Cli): void {
  parent
    .command('resume')
    .description('go on with a run that was stopped, killed or failed')
    .argument('<id>', 'a run, or the last four characters of its id')
    .action(async (id: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const terminal = terminalFor(cli, options);
      await stoppable(cli, terminal, async (signals) => {
        await withHost(cli, options, async ({ runs, library }) => {
          const reporter = createRunReporter(terminal);
          const run = await runs.resume(id, {
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
