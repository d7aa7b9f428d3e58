// Run events as lines: one that is rewritten while steps go by, and one per epoch that stays. Pure
// formatting, and a reporter that hands the lines to a terminal.
import {
  formatDuration,
  formatPercent,
  formatSignificant,
  formatCount,
  formatExact,
  formatQuantity,
  formatTimeLeft,
} from '../../shared/format.ts';
import type { EvaluationFacts, PreparedFacts } from '../../shared/contract/trainer.ts';
import { scoreOf } from '../../shared/curves/best-evaluation.ts';
import type { EpochMeans, TrainingValues } from '../../shared/curves/training-means.ts';
import type { Preparing } from '../host/host-parts.ts';
import type { TrainingEvent, RunProgress } from '../host/training-events.ts';
import type { Terminal } from './terminal.ts';

/** `epoch 2/5 · step 312/780 · loss 1.234 · acc 56.1 % · 812 img/s · 1 min 12 s left` */
export function formatProgress(progress: RunProgress, stepsPerEpoch: number): string {
  const { step, totalSteps, loss, accuracy, imagesPerSecond, remainingMs } = progress;
  // Epochs are rounded up to whole steps: part of a step is not another epoch.
  const epochs = Math.max(1, Math.ceil((totalSteps - 1) / stepsPerEpoch));
  const epoch = Math.min(epochs, Math.floor(Math.max(0, step - 1) / stepsPerEpoch) + 1);
  return [
    `epoch ${epoch}/${epochs}`,
    `step ${formatExact(step)}/${formatExact(totalSteps)}`,
    ...(Number.isNaN(loss) ? [] : [`loss ${formatSignificant(loss)}`, ...accuracyText(accuracy)]),
    // Not known from a single step, which pays for warming up.
    ...(imagesPerSecond > 0
      ? [`${Math.round(imagesPerSecond)} img/s`, formatTimeLeft(remainingMs)]
      : []),
  ]
    .filter((part) => part !== '')
    .join(' · ');
}

/**
 * The lines of epochs that stay. An epoch's training loss is told before its evaluation, and alone where
 * there is no validation split.
 */
export function createEpochLines(): { lineOf(event: TrainingEvent): string | undefined } {
  let stepsPerEpoch = 1;
  let isEvaluated = true;
  let ended: EpochMeans | undefined;
  return {
    lineOf: (event) => {
      switch (event.kind) {
        case 'data':
          isEvaluated = event.facts.counts.val > 0;
          return undefined;
        case 'prepared':
          stepsPerEpoch = event.facts.stepsPerEpoch;
          return undefined;
        case 'epoch':
          ended = event.means;
          return isEvaluated ? undefined : formatEpoch(ended.epoch, ended);
        case 'evaluation': {
          const { facts, begun } = event;
          return ended?.step === facts.step
            ? formatEpoch(ended.epoch, ended, facts)
            : formatEpoch(facts.step / stepsPerEpoch, begun, facts);
        }
        case 'preparing':
        case 'created':
        case 'warning':
        case 'data-note':
        case 'progress':
        case 'checkpoint':
          return undefined;
      }
    },
  };
}

/** `epoch 2 · train loss 1.234 · acc 56.1 % · val loss 1.345 · acc 51.0 %` */
export function formatEpoch(
  epoch: number,
  training: TrainingValues | undefined,
  evaluation?: EvaluationFacts,
): string {
  const values = (name: string, { loss, accuracy }: TrainingValues): string =>
    [`${name} loss ${formatSignificant(loss)}`, ...accuracyText(accuracy)].join(' · ');
  return [
    `epoch ${Number.isInteger(epoch) ? formatExact(epoch) : epoch.toFixed(2)}`,
    ...(training === undefined ? [] : [values('train', training)]),
    ...(evaluation === undefined
      ? []
      : [values(evaluation.split, scoreOf(evaluation)), ...termsText(evaluation)]),
  ].join(' · ');
}

/** An autoencoder has none. */
function accuracyText(accuracy: number): string[] {
  return Number.isNaN(accuracy) ? [] : [`acc ${formatPercent(accuracy)}`];
}

/** Of an autoencoder: `reconstruction 1765.1 + KL 25.3 nats`. */
function termsText(facts: EvaluationFacts): string[] {
  if (!('elbo' in facts)) return [];
  const { reconstruction, divergence } = facts.elbo;
  return [
    `reconstruction ${formatSignificant(reconstruction)} + KL ${formatSignificant(divergence)} nats`,
  ];
}

export function formatPreparing({ message, fraction }: Preparing): string {
  return fraction === undefined ? `${message} …` : `${message} … ${formatPercent(fraction)}`;
}

export function formatPrepared(facts: PreparedFacts): string {
  const { parameters, graphNodes, recordMs, totalSteps, firstStep, device } = facts;
  const { epochs, fillingExamples = 0 } = facts;
  const filled =
    fillingExamples > 0
      ? `; the last batch is filled up with ${formatQuantity(fillingExamples, 'image')}`
      : '';
  const length = epochs === undefined ? '' : ` (${formatQuantity(epochs, 'epoch')}${filled})`;
  const { precision = 'float32' } = facts;
  const inFormat = precision === 'float32' ? '' : ` in ${precision}`;
  const from = firstStep > 0 ? ` from step ${formatExact(firstStep)}` : '';
  return (
    `${formatCount(parameters)} parameters on the ${device === 'cuda' ? 'GPU' : 'CPU'}${inFormat}; ` +
    `one step recorded as ${formatExact(graphNodes)} operations in ${formatDuration(recordMs)}; ` +
    `${formatQuantity(totalSteps, 'step')}${length}${from}`
  );
}

/** What a training took over from a file and what it leaves alone; a line each. */
export function formatStart({ start, frozen }: PreparedFacts): string[] {
  const lines: string[] = [];
  if (start !== undefined) {
    const anew = start.fresh.length === 0 ? '' : `; started anew: ${start.fresh.join(', ')}`;
    const left = start.left.length === 0 ? '' : `; left there: ${start.left.join(', ')}`;
    lines.push(`${start.taken} tensors taken from ${start.file}${left}${anew}`);
  }
  if (frozen !== undefined) {
    const { units, parameters } = frozen;
    lines.push(`frozen: ${formatCount(parameters)} parameters in ${units.join(', ')}`);
  }
  return lines;
}

/** Shows a run's events. */
export interface RunReporter {
  onEvent(event: TrainingEvent): void;
  /** Undefined until the run is in the library. */
  readonly runId: string | undefined;
}

export function createRunReporter(terminal: Terminal): RunReporter {
  let runId: string | undefined;
  let stepsPerEpoch = 1;
  const epochs = createEpochLines();
  return {
    get runId() {
      return runId;
    },
    onEvent: (event) => {
      const line = epochs.lineOf(event);
      if (line !== undefined) terminal.note(line);
      switch (event.kind) {
        case 'preparing':
          terminal.status(formatPreparing(event));
          return;
        case 'created':
          terminal.clearStatus();
          runId = event.run.id;
          terminal.note(`run ${event.run.id} · ${event.run.architecture} · seed ${event.run.seed}`);
          return;
        case 'data-note':
          terminal.note(`data: ${event.message}`);
          return;
        case 'warning':
          terminal.note(`warning: ${event.message}`);
          return;
        case 'data': {
          terminal.clearStatus();
          const { counts, classes, problems, name } = event.facts;
          const bad = problems === 0 ? '' : `; ${formatExact(problems)} files could not be used`;
          terminal.note(
            `${name}: ${formatExact(counts.train)} training and ${formatExact(counts.val)} validation images in ${classes.length} classes${bad}`,
          );
          return;
        }
        case 'prepared':
          terminal.clearStatus();
          stepsPerEpoch = event.facts.stepsPerEpoch;
          terminal.note(formatPrepared(event.facts));
          for (const line of formatStart(event.facts)) terminal.note(line);
          return;
        case 'progress':
          terminal.status(formatProgress(event, stepsPerEpoch));
          return;
        case 'epoch':
        case 'evaluation':
        case 'checkpoint':
          return;
      }
    },
  };
}
