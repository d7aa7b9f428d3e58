// `resnet-lab data leave-out`, `relabel` and `keep`: what is decided about single images. Files stay as they are.
import type { Command } from 'commander';
import { formatQuantity } from '../../../shared/format.ts';
import type { Dataset } from '../../data/dataset.ts';
import type { NewDecisions } from '../../store/decisions.ts';
import type { Library } from '../../store/library.ts';
import { terminalFor, withHost, type Cli, type GlobalOptions } from '../cli.ts';
import { badOption } from '../option-values.ts';
import { formatPreparing } from '../run-progress.ts';
import { dataSpecWith } from '../run-spec.ts';
import type { Terminal } from '../terminal.ts';

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
      await withHost(cli, options, async ({ library }) => {
        const place = dataSpecWith(source, {}).source;
        const kept = host.keptFiles(library, place);
        const chosen = await lookInto(library, { source, terminal }, async (dataset) => {
          host.requireImages(dataset, files);
          if (finding === undefined) return [...files];
          return [...files, ...(await host.filesOfFinding(finding, dataset, kept))];
        });
        if (chosen.length > 0) {
          const reason = options.reason ?? finding ?? 'chosen';
          library.decisions.decide(place, { files: chosen, kind: 'leave-out', reason });
        }
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
        const reason = options.reason ?? 'chosen';
        const decision: NewDecisions = { files, kind: 'relabel', value: className, reason };
        await decide(cli, options, { source, decision });
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
      const decision: NewDecisions = { files, kind: 'keep', reason: options.reason ?? 'chosen' };
      await decide(cli, options, { source, decision });
    });
}

async function decide(
  cli: Cli,
  options: DecideOptions,
  { source, decision }: { readonly source: string; readonly decision: NewDecisions },
): Promise<void> {
  const terminal = terminalFor(cli, options);
  const { requireDecidable } = await import('../../host/decisions.ts');
  await withHost(cli, options, async ({ library }) => {
    await lookInto(library, { source, terminal }, (dataset) => {
      requireDecidable(dataset, [decision]);
      return Promise.resolve();
    });
    const place = dataSpecWith(source, {}).source;
    library.decisions.decide(place, decision);
    const { files, kind, value } = decision;
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

/** Opens all images of a source, also those that are left out by now. */
export async function lookInto<T>(
  library: Library,
  { source, terminal }: { readonly source: string; readonly terminal: Terminal },
  look: (dataset: Dataset) => Promise<T>,
): Promise<T> {
  const { currentData, withDataset } = await import('../../host/dataset-outline.ts');
  const { NO_DECISIONS } = await import('../../../shared/spec/run.ts');
  const data = { ...currentData(library, dataSpecWith(source, {})), decisions: NO_DECISIONS };
  return await withDataset(
    data,
    {
      cacheFolder: library.cacheFolder,
      lenient: true,
      onEvent: (event) => terminal.status(formatPreparing(event)),
    },
    look,
  );
}
