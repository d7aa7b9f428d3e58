// `resnet-lab runs list`: what has been trained, newest first.
import type { Command } from 'commander';
import { formatDuration, formatPercent, formatSignificant } from '../../../shared/format.ts';
import type { RunSummary } from '../../host/run-service.ts';
import { terminalFor, withHost, type Cli, type GlobalOptions } from '../cli.ts';
import { parseWhole } from '../option-values.ts';
import { isNumber } from '../run-summary.ts';
import { formatTable } from '../table.ts';

interface Options extends GlobalOptions {
  readonly group?: string;
  readonly deleted?: boolean;
  readonly limit?: string;
}

export function addRunsList(parent: Command, cli: Cli): void {
  parent
    .command('list')
    .description('list the runs of the library, newest first')
    .option('--group <text>', 'only the runs of this group')
    .option('--deleted', 'the deleted runs instead')
    .option('--limit <n>', 'at most so many')
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const terminal = terminalFor(cli, options);
      const { group, deleted = false, limit } = options;
      await withHost(cli, options, ({ library }) => {
        const page = library.runs.list({
          deleted,
          ...(group === undefined ? {} : { group }),
          ...(limit === undefined ? {} : { limit: parseWhole('--limit', limit) }),
        });
        terminal.result(page, () => formatRuns(page.runs, page.total));
        if (page.damaged.length > 0) {
          terminal.note(
            `Not listed, because their records are damaged: ${page.damaged.join(', ')}. See \`resnet-lab library check\`.`,
          );
        }
      });
    });
}

function formatRuns(runs: readonly RunSummary[], total: number): string {
  if (total === 0) {
    return 'There are no runs. Train one: resnet-lab train --data builtin:shapes --arch resnet20';
  }
  const table = formatTable(
    [
      { title: 'id' },
      { title: 'name' },
      { title: 'architecture' },
      { title: 'group' },
      { title: 'seed', right: true },
      { title: 'data' },
      { title: 'status' },
      { title: 'steps', right: true },
      { title: 'best val', right: true },
      { title: 'time', right: true },
      { title: 'created' },
    ],
    runs.map((run) => [
      run.id,
      run.name === run.architecture ? '' : run.name,
      run.architecture,
      run.group ?? '',
      run.imported === null ? String(run.seed) : '',
      run.dataName,
      statusOf(run),
      `${run.step}/${run.totalSteps}`,
      bestOf(run),
      formatDuration(run.elapsedMs),
      run.createdAt.slice(0, 16).replace('T', ' '),
    ]),
  );
  return runs.length < total ? `${table}\n… and ${total - runs.length} more` : table;
}

/** With the code of what stopped it, if anything did. */
function statusOf({ status, error, imported }: RunSummary): string {
  const isOver = status === 'failed' || status === 'interrupted';
  const code = isOver && typeof error === 'object' && error !== null && 'code' in error;
  if (imported !== null) return 'imported';
  return code ? `${status} (${String(error.code)})` : status;
}

function bestOf({ metrics }: RunSummary): string {
  const best = metrics['bestValAccuracy'];
  if (isNumber(best)) return formatPercent(best);
  const loss = metrics['bestValLoss'];
  return isNumber(loss) ? `${formatSignificant(loss)} nats` : '';
}
