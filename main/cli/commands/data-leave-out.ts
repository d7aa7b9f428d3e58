// `resnet-lab data leave-out`, `relabel` and `keep`: what is decided about single images. Files stay as they are.
import type { Command } from 'commander';
import { formatQuantity } from '../../../shared/format.ts';
import { terminalFor, withHost, type Cli, type GlobalOptions } from '../cli.ts';
import { badOption } from '../option-values.ts';
import { formatPreparing } from '../run-progress.ts';
import { dataSpecWith } from '../run-spec.ts';

interface DecideOptions extends GlobalOptions {
  readonly finding?: string;
  readonly reason?: string;
}

const FILES_HELP = 'paths in the dataset, as `data inspect` prints them';
const REASON_HELP = 'why; kept with the decision';
const UNDO = '`resnet-lab data restore` takes the last decision back.';

export function addDataLeaveOut(parent: Command, cli: Cli): void {
  parent
    .command('leave-out')
    .description('leave images out of a dataset: new runs do not use them; no file is touched')
    .argument('<source>', 'a dataset, as for `data inspect`')
    .argument('[files...]', FILES_HELP)
    .option(
      '--finding <name>',
      'all that a finding names, one of each group kept: leaks, contradictions (all of them), duplicates, near, damaged, odd',
    )
    .option('--reason <text>', REASON_HELP)
    .action(async (source: string, files: readonly string[], _: unknown, command: Command) => {
      const options = command.optsWithGlobals<DecideOptions>();
      const terminal = terminalFor(cli, options);
      const host = await import('../../host/decisions.ts');
      const finding = host.FINDINGS.find((name) => name === options.finding);
      if (options.finding !== undefined && finding === undefined) {
        const names = host.FINDINGS.join(', ');
        throw badOption('--finding', `must be one of ${names}, not "${options.finding}"`);
      }
      if (finding === undefined && files.length === 0) {
        throw badOption('--finding', 'or some files must say what to leave out');
      }
      const { leaveOut } = await import('../../host/decide.ts');
      await withHost(cli, options, async ({ library }) => {
        const data = dataSpecWith(source, {});
        const place = data.source;
        const reason = options.reason ?? finding ?? 'chosen';
        const chosen = await leaveOut(
          library,
          { data, files, finding, reason },
          { onEvent: (event) => terminal.status(formatPreparing(event)) },
        );
        const all = host.leftOutFiles(library, place);
        terminal.result(
          { source: place, leftOut: chosen, total: all.length },
          () =>
            `Left out ${formatQuantity(chosen.length, 'image')}; ${formatQuantity(all.length, 'image')} in all. New runs on ${place} do not use them.\n${UNDO}`,
        );
      });
    });
}

export function addDataRelabel(parent: Command, cli: Cli): void {
  parent
    .command('relabel')
    .description('give images another class: new runs use it; no file is touched')
    .argument('<source>', 'a dataset, as for `data inspect`')
    .argument('<class>', 'a class of the dataset')
    .argument('<files...>', FILES_HELP)
    .option('--reason <text>', REASON_HELP)
    .action(
      async (
        source: string,
        className: string,
        files: readonly string[],
        _: unknown,
        command: Command,
      ) => {
        const options = command.optsWithGlobals<DecideOptions>();
        await decide(cli, options, { source, files, kind: 'relabel', value: className });
      },
    );
}

export function addDataKeep(parent: Command, cli: Cli): void {
  parent
    .command('keep')
    .description(
      'mark images as looked at and right: findings and mistakes do not offer them again',
    )
    .argument('<source>', 'a dataset, as for `data inspect`')
    .argument('<files...>', FILES_HELP)
    .option('--reason <text>', REASON_HELP)
    .action(async (source: string, files: readonly string[], _: unknown, command: Command) => {
      const options = command.optsWithGlobals<DecideOptions>();
      await decide(cli, options, { source, files, kind: 'keep' });
    });
}

async function decide(
  cli: Cli,
  options: DecideOptions,
  given: {
    readonly source: string;
    readonly files: readonly string[];
    readonly kind: 'relabel' | 'keep';
    readonly value?: string;
  },
): Promise<void> {
  const { source, files, kind, value } = given;
  const terminal = terminalFor(cli, options);
  const { decideOn } = await import('../../host/decide.ts');
  await withHost(cli, options, async ({ library }) => {
    const data = dataSpecWith(source, {});
    const place = data.source;
    await decideOn(
      library,
      { data, decisions: [{ files, kind, value, reason: options.reason ?? 'chosen' }] },
      { onEvent: (event) => terminal.status(formatPreparing(event)) },
    );
    const images = formatQuantity(files.length, 'image');
    terminal.result(
      { source: place, files, decision: kind, ...(value === undefined ? {} : { class: value }) },
      () =>
        value === undefined
          ? `Kept ${images}: findings and mistakes do not offer ${files.length === 1 ? 'it' : 'them'} again.\n${UNDO}`
          : `Relabelled ${images} to "${value}". New runs on ${place} use that class.\n${UNDO}`,
    );
  });
}
