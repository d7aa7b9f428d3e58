// `resnet-lab demo`: a plain and a residual network of the same depth learn side by side, for about
// as long as one cares to watch.
import type { Command } from 'commander';
import { DEMONSTRATION_DATA } from '../../../shared/spec/demonstration.ts';
import { formatDuration, formatExact } from '../../../shared/format.ts';
import type { Host } from '../../host/open-host.ts';
import type { TrainingEvent } from '../../host/training-events.ts';
import type { RunRecord } from '../../host/run-service.ts';
import { terminalFor, withHost, type Cli, type GlobalOptions } from '../cli.ts';
import { concludeFrom, formatOutcomes, outcomeOf, type Outcome } from '../demo/comparison.ts';
import { demoSpecs, stepsWithin, TWINS, type Pair, type Twin } from '../demo/twins.ts';
import { parsePositive, parseWhole } from '../option-values.ts';
import { createEpochLines, formatPreparing, formatProgress } from '../run-progress.ts';
import { STOPPED_EXIT_CODE, stoppable, type StopSignals } from '../stop-signals.ts';
import type { Terminal } from '../terminal.ts';

interface Options extends GlobalOptions {
  readonly minutes: string;
  readonly seed: string;
}

/** Recording the networks, validation and measuring take about this share of the time. */
const overheadShare = 0.2;
const measuredMs = 4_000;
/** More than a measurement takes on any machine. */
const endlessSteps = 1_000_000;

export function addDemo(parent: Command, cli: Cli): void {
  parent
    .command('demo')
    .description('watch a plain and a residual network of the same depth learn side by side')
    .option('--minutes <n>', 'about how long to train', '2')
    .option('--seed <n>', 'of weights and data order, the same for both', '0')
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const terminal = terminalFor(cli, options);
      const durationMs = parsePositive('--minutes', options.minutes) * 60_000;
      const seed = parseWhole('--seed', options.seed, 0);
      await stoppable(cli, terminal, async (signals) => {
        await withHost(cli, options, async (host) => {
          const isComplete = await show(host, terminal, { durationMs, seed, signals });
          if (!isComplete) cli.setExitCode(STOPPED_EXIT_CODE);
        });
      });
    });
}

async function show(
  host: Host,
  terminal: Terminal,
  options: { durationMs: number; seed: number; signals: StopSignals },
): Promise<boolean> {
  const { durationMs, seed, signals } = options;
  const { measureStepMs, trainSeveral } = await import('../../host/run-several.ts');
  const { readSeries } = await import('../../host/run-series.ts');
  const { stop, abandon } = signals;
  terminal.note(
    `A plain and a residual network, 20 layers each, learn the ten classes of ${DEMONSTRATION_DATA}.\n` +
      'They differ in nothing but the shortcuts. First a few seconds to measure this machine.',
  );
  const stepMs = await measureStepMs(host.parts, demoSpecs({ steps: endlessSteps, seed }), {
    ...{ stop, abandon, durationMs: measuredMs },
    onEvent: (_, event) => {
      if (event.kind === 'preparing') terminal.status(formatPreparing(event));
    },
  });
  if (stop.aborted) {
    terminal.result({ stopped: true }, () => 'Stopped before the training began.');
    return false;
  }
  terminal.clearStatus();
  const steps = stepsWithin(durationMs * (1 - overheadShare), stepMs);
  terminal.note(
    `A step of 64 images takes ${formatDuration(stepMs)} while both train; ${formatExact(steps)} steps fit into ${formatDuration(durationMs)}.`,
  );
  const display = createDisplay(terminal);
  const [plain, residual] = await trainSeveral(host.parts, demoSpecs({ steps, seed }), {
    ...{ stop, abandon },
    onEvent: (index, event) => {
      const twin = TWINS[index];
      if (twin !== undefined) display.onEvent(twin, event);
    },
  });
  if (plain === undefined || residual === undefined) throw new Error('A twin is missing.');
  const runs: Pair<RunRecord> = { plain, residual };
  const outcomes = {
    plain: outcomeOf(runs.plain, readSeries(host.library, runs.plain.id).series),
    residual: outcomeOf(runs.residual, readSeries(host.library, runs.residual.id).series),
  };
  const conclusion = concludeFrom(outcomes, display.validationImages);
  terminal.result({ ...outcomes, conclusion }, () =>
    [formatOutcomes(outcomes), conclusion, nextSteps(outcomes.residual)].join('\n\n'),
  );
  return TWINS.every((twin) => runs[twin].status === 'finished');
}

/** Two rows that move, one for each network, and a line for each validation that stays. */
function createDisplay(terminal: Terminal) {
  const rows: Record<Twin, string> = { plain: 'starting …', residual: 'starting …' };
  const epochs = { plain: createEpochLines(), residual: createEpochLines() };
  let stepsPerEpoch = 1;
  let validationImages = 0;
  const labelled = (twin: Twin, text: string): string => `${twin.padEnd(8)}  ${text}`;
  return {
    get validationImages() {
      return validationImages;
    },
    onEvent: (twin: Twin, event: TrainingEvent): void => {
      const line = epochs[twin].lineOf(event);
      if (line !== undefined) terminal.note(labelled(twin, line));
      switch (event.kind) {
        case 'data':
          validationImages = event.facts.counts.val;
          return;
        case 'prepared':
          stepsPerEpoch = event.facts.stepsPerEpoch;
          return;
        case 'warning':
          terminal.note(labelled(twin, `warning: ${event.message}`));
          return;
        case 'preparing':
          rows[twin] = formatPreparing(event);
          break;
        case 'progress':
          rows[twin] = formatProgress(event, stepsPerEpoch);
          break;
        case 'created':
        case 'data-note':
        case 'epoch':
        case 'evaluation':
        case 'checkpoint':
          return;
      }
      terminal.status(...TWINS.map((name) => labelled(name, rows[name])));
    },
  };
}

function nextSteps({ run, status }: Outcome): string {
  const lines = [
    `Look at the curves:     resnet-lab runs series ${run}`,
    ...(status === 'finished' ? [] : [`Go on with it:          resnet-lab runs resume ${run}`]),
    'Train on your images:   resnet-lab train --data FOLDER --arch resnet18',
    'See what there is:      resnet-lab zoo list',
  ];
  return lines.join('\n');
}
