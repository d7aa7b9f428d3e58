// `resnet-lab runs show`: everything that is known about one run.
import path from 'node:path';
import type { Command } from 'commander';
import { historySentence } from '../../../shared/contract/run-history-text.ts';
import type { MistakeFacts } from '../../../shared/contract/trainer.ts';
import { formatPercent, formatSignificant } from '../../../shared/format.ts';
import { describeDeviation } from '../../../shared/spec/recipe-origin.ts';
import { readMistakes } from '../../host/mistake-file.ts';
import type { RunRecord } from '../../host/run-service.ts';
import { recipeOriginOf } from '../../host/services/run-rows.ts';
import { terminalFor, withHost, type Cli, type GlobalOptions } from '../cli.ts';
import { formatRunEnd, isNumber, runDocument } from '../run-summary.ts';
import { classAccuracies } from '../class-accuracies.ts';
import { formatPairs } from '../table.ts';

export function addRunsShow(parent: Command, cli: Cli): void {
  parent
    .command('show')
    .description('everything that is known about a run')
    .argument('<id>', 'a run, or the last four characters of its id')
    .action(async (id: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions>();
      const terminal = terminalFor(cli, options);
      await withHost(cli, options, ({ library }) => {
        const run = library.runs.get(id);
        const series = library.series.list(run.id);
        const folder = library.runFolder(run.id);
        const document = { ...runDocument(run, folder), recipeOrigin: recipeOriginOf(run), series };
        terminal.result(document, () =>
          [
            formatRunEnd(run, folder),
            section('Error', errorText(run)),
            section('Facts', facts(run, folder)),
            section('History', run.history.map(historySentence).join('\n')),
            section('Recipe', recipe(run)),
            section('Metrics', metrics(run)),
            section('Kept checkpoints', keptCheckpoints(run, folder)),
            section('Classes, worst first', classes(readMistakes(library, run)?.facts)),
            section('Specification', run.spec === null ? '' : JSON.stringify(run.spec, null, 2)),
            section('Environment', JSON.stringify(run.environment, null, 2)),
            section(
              'Series',
              formatPairs(
                series.map(({ name, pointCount, lastStep, width }) => [
                  name,
                  `${pointCount} points up to step ${lastStep}${width > 1 ? `, ${width} values each` : ''}`,
                ]),
              ),
            ),
          ]
            .filter((part) => part !== '')
            .join('\n\n'),
        );
      });
    });
}

function facts(run: RunRecord, folder: string): string {
  return formatPairs([
    ['architecture', run.architecture],
    ['group', run.group ?? undefined],
    ...importedFacts(run),
    ['data', run.imported === null ? `${run.dataName}, ${run.classCount} classes` : undefined],
    ['data fingerprint', run.dataFingerprint],
    ['code version', run.codeVersion],
    ['created', run.createdAt],
    ['started', run.startedAt ?? undefined],
    ['ended', run.finishedAt ?? undefined],
    ['deleted', run.deletedAt ?? undefined],
    [
      'trained by',
      run.owner === null ? undefined : `process ${run.owner.pid} on ${run.owner.host}`,
    ],
    ['files', folder],
    ['notes', run.notes],
  ]);
}

function importedFacts({ imported }: RunRecord): [string, string][] {
  if (imported === null) return [];
  const settings = Object.entries(imported.settings);
  return [
    ['imported from', imported.file],
    ['imported', imported.importedAt],
    ...imported.notUsed.map(({ name, reason }): [string, string] => [
      'not used',
      `${name} (${reason})`,
    ]),
    ...settings.map(([name, value]): [string, string] => ['setting', `${name} = ${String(value)}`]),
  ];
}

function recipe(run: RunRecord): string {
  const origin = recipeOriginOf(run);
  if (origin === null) return '';
  const { name, source, differences, deviations } = origin;
  return formatPairs([
    ['name', name],
    ['source', source],
    ...differences.map((difference): [string, string] => ['differs', difference]),
    ...(deviations.length === 0
      ? [['deviations', 'none'] as [string, string]]
      : deviations.map((one): [string, string] => ['deviates', describeDeviation(one)])),
  ]);
}

function keptCheckpoints({ checkpoints }: RunRecord, folder: string): string {
  return formatPairs(
    (checkpoints.kept ?? []).map(({ step, accuracy, loss, isBest, isPeriodic, file }) => {
      const why = [...(isBest ? ['among the best'] : []), ...(isPeriodic ? ['periodic'] : [])];
      const ofLoss = loss === null ? '' : `, loss ${formatSignificant(loss)}`;
      const score = accuracy === null ? ofLoss : `, accuracy ${formatPercent(accuracy)}`;
      return [`step ${step}`, `${why.join(', ')}${score}: ${path.join(folder, file)}`];
    }),
  );
}

const listedClasses = 20;

/** Of the validation split, by the checkpoint that stands for the run. */
function classes(facts: MistakeFacts | undefined): string {
  if (facts === undefined) return '';
  const rows = classAccuracies(facts).sort((a, b) => a.accuracy - b.accuracy);
  const lines = rows
    .slice(0, listedClasses)
    .map(({ name, accuracy, correct, examples }): [string, string] => [
      name,
      `${formatPercent(accuracy)} (${correct} of ${examples})`,
    ]);
  const rest = rows.length - lines.length;
  return formatPairs([...lines, ...(rest > 0 ? [['…', `${rest} more`] as [string, string]] : [])]);
}

function metrics({ metrics: values }: RunRecord): string {
  return formatPairs(
    Object.entries(values).map(([name, value]) => [
      name,
      isNumber(value)
        ? Number.isInteger(value)
          ? String(value)
          : formatSignificant(value)
        : 'not finite',
    ]),
  );
}

function errorText({ error }: RunRecord): string {
  if (typeof error !== 'object' || error === null || !('message' in error)) return '';
  const code = 'code' in error ? String(error.code) : 'unknown';
  return `[${code}] ${String(error.message)}`;
}

function section(title: string, text: string): string {
  if (text === '') return '';
  const indented = text.split('\n').map((line) => `  ${line}`);
  return [title, ...indented].join('\n');
}
