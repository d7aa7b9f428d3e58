// `resnet-lab study`: carries out one of the studies, or lists them.
import type { Command } from 'commander';
import { PRESETS, StudySetting, type StudyDetail } from '../../../shared/contract/studies.ts';
import type { Outcome } from '../../../shared/contract/findings.ts';
import { newDataSpec } from '../../../shared/spec/run.ts';
import { aboutStudies, getStudy, STUDIES } from '../../studies/catalog.ts';
import { QUICK_DATA } from '../../studies/trainings.ts';
import { terminalFor, withHost, type Cli, type GlobalOptions } from '../cli.ts';
import { formatFinding } from '../format-finding.ts';
import {
  dataFrom,
  COLUMNS_HELP,
  LAYOUT_HELP,
  MERGE_HELP,
  type FolderOptions,
} from '../folder-options.ts';
import { badOption, parseSeeds, parseWhole } from '../option-values.ts';
import { createRunReporter, formatPreparing } from '../run-progress.ts';
import { readArchitecture } from '../run-spec.ts';
import { STOPPED_EXIT_CODE, stoppable } from '../stop-signals.ts';
import { formatTable } from '../table.ts';

interface Options extends GlobalOptions, FolderOptions {
  readonly preset: string;
  readonly data?: string;
  readonly arch?: string;
  readonly seed?: string;
  readonly steps?: string;
}

export const OUTCOME_NAMES: Readonly<Record<Outcome, string>> = {
  reproduced: 'Reproduced',
  'not-reproduced': 'Not reproduced',
  inconclusive: 'Inconclusive',
};

export function addStudy(parent: Command, cli: Cli): void {
  parent
    .command('study')
    .description('carry out a study of residual networks, or `study list`')
    .argument('<name>', `list, or ${STUDIES.map(({ name }) => name).join(', ')}`)
    .option(
      '--preset <name>',
      `${PRESETS.join(' or ')}: minutes here, or the paper's setting`,
      'quick',
    )
    .option('--data <source>', `any dataset (default for quick: ${QUICK_DATA})`)
    .option('--layout <name>', `of --data: ${LAYOUT_HELP}`)
    .option('--merge-classes', `of --data: ${MERGE_HELP}`)
    .option('--columns <names>', `of --data: ${COLUMNS_HELP}`)
    .option('--arch <name>', 'the network that the study varies, a name or a SPEC.json')
    .option('--seed <n,…>', "seeds of each network (default: the preset's)")
    .option('--steps <n>', "length of each training (default: the preset's)")
    .addHelpText(
      'after',
      `\nCtrl-C once checkpoints and stops (exit code ${STOPPED_EXIT_CODE}); the same command goes on, also after a crash. Finished runs that fit are taken instead of training again.`,
    )
    .action((name: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      if (name !== 'list') return carryOut(cli, name, options);
      terminalFor(cli, options).result({ studies: aboutStudies() }, () => formatList());
      return undefined;
    });
}

async function carryOut(cli: Cli, name: string, options: Options): Promise<void> {
  const terminal = terminalFor(cli, options);
  const setting = settingOf(options);
  getStudy(name);
  const { runStudy } = await import('../../host/studies/run-study.ts');
  await stoppable(
    cli,
    terminal,
    async ({ stop, abandon }) => {
      await withHost(cli, options, async (host) => {
        let reporter = createRunReporter(terminal);
        const detail = await runStudy(
          host,
          { name, setting },
          {
            stop,
            abandon,
            onNext: (line) => {
              terminal.clearStatus();
              terminal.note(line);
              reporter = createRunReporter(terminal);
            },
            onRunEvent: (event) => reporter.onEvent(event),
            onProbeEvent: (event) => terminal.status(formatPreparing(event)),
          },
        );
        terminal.result(detail, () => formatStudy(detail));
        if (detail.status === 'paused') cli.setExitCode(STOPPED_EXIT_CODE);
        if (detail.status === 'failed') cli.setExitCode(1);
      });
    },
    {
      stopping: 'Stopping after this step; the same command goes on.',
      abandoning: 'Abandoning what came after the last checkpoint.',
      stopped: 'Stopped.',
    },
  );
}

/** @throws inputError `bad-option` */
function settingOf(options: Options): StudySetting {
  const preset = PRESETS.find((known) => known === options.preset);
  if (preset === undefined) {
    throw badOption('--preset', `must be ${PRESETS.join(' or ')}, not "${options.preset}"`);
  }
  if (options.data === undefined && preset === 'paper') {
    throw badOption(
      '--data',
      'is needed with the paper preset, e.g. the CIFAR-10 that `resnet-lab data download cifar10` fetches',
    );
  }
  const { arch, seed, steps } = options;
  return StudySetting.parse({
    preset,
    data: options.data === undefined ? newDataSpec(QUICK_DATA) : dataFrom(options.data, options),
    ...(arch === undefined ? {} : { network: readArchitecture(arch) }),
    ...(seed === undefined ? {} : { seeds: parseSeeds(seed) }),
    ...(steps === undefined ? {} : { steps: parseWhole('--steps', steps) }),
  });
}

function formatList(): string {
  return formatTable(
    [{ title: 'study' }, { title: 'question' }, { title: 'paper' }],
    STUDIES.map(({ name, question, paper, arxiv }) => [name, question, `${paper}, arXiv ${arxiv}`]),
  );
}

function formatStudy(detail: StudyDetail): string {
  const { verdict, ...finding } = detail.summary;
  const { claim } = getStudy(detail.name);
  return [
    `Claim: ${claim}`,
    `${OUTCOME_NAMES[verdict.outcome]} (n = ${verdict.n}). ${verdict.seen}`,
    `Rule: ${verdict.rule}`,
    formatFinding(finding),
    ...(detail.error === null ? [] : [`Problems: ${detail.error}`]),
  ].join('\n\n');
}
