// Trains one run: data → recorded network → steps, with points, evaluations and checkpoints sent to
// the host. Between two steps it yields, so that a stop arrives.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LossScaleState } from '../../shared/contract/checkpoint-state.ts';
import type {
  EvaluationFacts,
  PreparedFacts,
  TrainJob,
  TrainResult as JobResult,
} from '../../shared/contract/trainer.ts';
import type { Precision } from '../../shared/spec/precision.ts';
import { scoreOf } from '../../shared/curves/best-evaluation.ts';
import { rateAt } from '../../shared/spec/extended-schedule.ts';
import {
  averageDecay,
  epochsAfter,
  fillingExamples,
  totalSteps,
  warmupNote,
} from '../../shared/spec/schedule.ts';
import { createOrder, type Order } from '../data/order.ts';
import { collectMistakes } from '../data/mistakes.ts';
import { OUTPUTS_FOLDER, OutputCollector } from '../data/split-outputs.ts';
import {
  recordNetwork,
  type Diagnostics,
  type Network,
  type TrainRequest,
  type TrainResult,
} from '../engine/network/network.ts';
import type { NetworkProgramOptions } from '../engine/network/steps.ts';
import { libraryFacts } from '../engine/tensorflow/library.ts';
import { buildPlan } from '../zoo/build-plan.ts';
import { parameterCount } from '../zoo/parameters.ts';
import { layersOf } from '../zoo/plan.ts';
import { precisionOf, resumedNormalization } from './as-begun.ts';
import { describeDivergence } from './divergence.ts';
import { evaluateSplit, type EvaluationOptions } from './evaluation.ts';
import type { HostLink } from './host-link.ts';
import { FRESH_LOSS_SCALE, isExhausted, scaleAfter } from './loss-scale.ts';
import { networkOptions } from './network-options.ts';
import { PointBuffer } from './point-buffer.ts';
import { prepareData, type PreparedData, type TrainingBatches } from './prepared-data.ts';
import { reportPreparing } from './preparing.ts';
import { RunCheckpoints, type Moment } from './run-checkpoints.ts';
import { frozenFacts, logStart, writeStart } from './starting-weights.ts';
import { Throughput } from './throughput.ts';
import { SERIES } from './training-series.ts';

const REPORT_INTERVAL_MS = 500;
/** About what ten thousand images of ten classes and five hundred features take; nobody may ever look at it. */
const LARGEST_OUTPUTS_BYTES = 24 * 2 ** 20;

export async function runTrainJob(job: TrainJob, host: HostLink): Promise<JobResult> {
  const session = await openSession(job, host);
  try {
    return await session.run();
  } finally {
    await session.dispose();
  }
}

async function openSession(job: TrainJob, host: HostLink): Promise<TrainingSession> {
  const { spec } = job;
  const data = await prepareData({
    data: spec.data,
    cacheFolder: job.cacheFolder,
    normalization: job.resume ? await resumedNormalization(job) : spec.recipe.normalization,
    splits: ['train', 'val'],
    onProgress: reportPreparing(host),
  });
  await host.send({ kind: 'data', facts: data.facts });
  const plan = buildPlan(spec.architecture, {
    input: data.facts.input,
    classes: data.facts.classes.length,
  });
  await host.send({ kind: 'preparing', message: 'Recording the training step' });
  await nextTurn();
  const started = performance.now();
  const precision = await precisionOf(job);
  const options = networkOptions(spec, { plan, data, precision });
  const network = recordNetwork(options, 'train');
  const recordMs = performance.now() - started;
  await data.load(network);
  const session = new TrainingSession({ job, host, data, options, precision, network });
  await session.start(recordMs);
  return session;
}

interface SessionParts {
  readonly job: TrainJob;
  readonly host: HostLink;
  readonly data: PreparedData;
  readonly options: NetworkProgramOptions;
  readonly precision: Precision;
  readonly network: Network;
}

class TrainingSession {
  private readonly parts: SessionParts;
  private readonly order: Order;
  private readonly batches: TrainingBatches;
  private readonly steps: number;
  private readonly points = new PointBuffer();
  private readonly throughput: Throughput;
  private readonly checkpoints: RunCheckpoints;
  private step = 0;
  /** Of the next step, in float16. */
  private lossScale: LossScaleState | undefined;
  /** Nothing was left to train when the run was resumed. */
  private hasEnded = false;
  private elapsedBeforeMs = 0;
  private startedMs = 0;
  private reportedMs = 0;

  constructor(parts: SessionParts) {
    this.parts = parts;
    const { recipe, seed } = parts.job.spec;
    const examples = parts.data.facts.counts.train;
    this.order = createOrder({
      count: examples,
      batch: recipe.batch,
      seed,
      shuffle: recipe.shuffle,
      balance:
        recipe.classBalance === 'sampling'
          ? {
              labels: parts.data.split('train').labels,
              classCount: parts.data.facts.classes.length,
            }
          : undefined,
    });
    this.batches = parts.data.batches(this.order);
    this.steps = totalSteps(recipe.length, { batch: recipe.batch, examples });
    this.lossScale = this.freshLossScale();
    this.throughput = new Throughput(recipe.batch);
    this.checkpoints = new RunCheckpoints({
      ...parts,
      totalSteps: this.steps,
      lossScale: () => this.lossScale,
      flush: () => this.flush(),
    });
  }

  /** Sets the starting weights, or those of the checkpoint, and says so. */
  async start(recordMs: number): Promise<void> {
    const { job, host, data, options, network } = this.parts;
    let start: PreparedFacts['start'];
    if (job.resume) await this.restore();
    else start = await writeStart(network, options, job);
    const frozen = frozenFacts(network, options);
    logStart(network, { start, frozen });
    const note = warmupNote(job.spec.recipe.schedule, this.steps);
    if (note !== undefined) console.log(note);
    const facts = libraryFacts();
    await host.send({
      kind: 'prepared',
      facts: {
        tensorflow: facts.tensorflow,
        tfjs: facts.tfjs,
        node: process.version,
        device: facts.usesGpu ? 'cuda' : 'cpu',
        precision: this.parts.precision,
        parameters: [...layersOf(options.plan)].reduce(
          (sum, { layer }) => sum + parameterCount(layer),
          0,
        ),
        graphNodes: network.nodeCount,
        recordMs,
        totalSteps: this.steps,
        stepsPerEpoch: data.facts.counts.train / job.spec.recipe.batch,
        ...plannedEpochs(job.spec.recipe, data.facts.counts.train),
        firstStep: this.step,
        elapsedMs: this.elapsedBeforeMs,
        units: [...network.units],
        convolutions: [...network.convolutions],
        ...(start === undefined ? {} : { start }),
        ...(frozen === undefined ? {} : { frozen }),
      },
    });
    this.startedMs = this.reportedMs = performance.now();
  }

  async run(): Promise<JobResult> {
    const { host } = this.parts;
    let outcome: 'finished' | 'stopped' = 'finished';
    while (!this.isDone()) {
      if (host.stopRequested) {
        outcome = 'stopped';
        break;
      }
      await this.trainStep();
      const isLast = this.step === this.steps;
      if (this.endsEpoch() || isLast) {
        await this.endEpoch();
        await this.checkpoints.writeLast(this.moment());
      } else if (this.checkpoints.isDue()) {
        await this.checkpoints.writeLast(this.moment());
      }
      await this.reportIfDue();
      await nextTurn();
    }
    if (outcome === 'stopped') await this.checkpoints.writeLast(this.moment());
    else await this.finish();
    return {
      outcome,
      stoppedEarly: outcome === 'finished' && this.step < this.steps,
      step: this.step,
      elapsedMs: this.elapsedMs(),
      peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
    };
  }

  private isDone(): boolean {
    return this.hasEnded || this.step >= this.steps || this.checkpoints.isOver;
  }

  /** Restores the best weights if the recipe wants them, and looks at what they get wrong. */
  private async finish(): Promise<void> {
    const { earlyStopping } = this.parts.job.spec.recipe;
    const isBest = await this.checkpoints.loadBest(this.step);
    const restores = earlyStopping.kind === 'patience' && earlyStopping.restoreBest;
    if (isBest === undefined) return;
    if (restores && isBest && !this.hasEnded) {
      await this.checkpoints.writeLast(this.moment(), { ended: true });
    }
    await this.collectMistakes(this.checkpoints.bestStep ?? this.step);
  }

  /** Per class and per example of a classifier, with the weights that stand for the run. */
  private async collectMistakes(step: number): Promise<void> {
    const { host, data } = this.parts;
    if (data.facts.counts.val === 0 || this.parts.network.isAutoencoder) return;
    const split = data.split('val');
    const mistakes = collectMistakes(data.facts.classes, (row) => split.sourceOf(row));
    const logitBytes = split.count * data.facts.classes.length * Float32Array.BYTES_PER_ELEMENT;
    const outputs =
      logitBytes > LARGEST_OUTPUTS_BYTES
        ? undefined
        : new OutputCollector(split, data.facts.classes);
    await this.evaluateValidation({
      ...{ perClass: true, features: outputs !== undefined },
      onExample: (row, label, logits, features) => {
        mistakes.add(row, label, logits);
        outputs?.add(row, logits, features);
      },
    });
    const facts = mistakes.facts();
    const file = outputs && (await this.writeOutputs(outputs, step));
    await host.send({ kind: 'mistakes', facts, ...(file === undefined ? {} : { outputs: file }) });
  }

  /** Undefined where the file would be large: then it is made when somebody asks. */
  private async writeOutputs(outputs: OutputCollector, step: number): Promise<string | undefined> {
    if (outputs.sizeBytes > LARGEST_OUTPUTS_BYTES) return undefined;
    const { job, data } = this.parts;
    const folder = join(job.runFolder, OUTPUTS_FOLDER);
    await mkdir(folder, { recursive: true });
    const file = join(folder, 'newest.safetensors');
    await outputs.write(file, { step, fingerprint: data.facts.fingerprint });
    return file;
  }

  async dispose(): Promise<void> {
    await this.batches.close();
    this.parts.network.dispose();
    await this.parts.data.dataset.close();
  }

  private async trainStep(): Promise<void> {
    const { recipe } = this.parts.job.spec;
    const step = this.step;
    const diagnostics = recipe.diagnosticsEvery > 0 && step % recipe.diagnosticsEvery === 0;
    const { rate, result } = await this.doStep(step, diagnostics);
    if (!Number.isFinite(result.loss)) await this.fail('loss', step, rate);
    if (this.lossScale && isExhausted(this.lossScale)) await this.fail('gradients', step, rate);
    this.step = step + 1;
    this.throughput.add();
    this.collect(rate, result);
  }

  private async doStep(
    step: number,
    diagnostics: boolean,
  ): Promise<{ readonly rate: number; readonly result: TrainResult }> {
    const request = await this.request(step);
    const result = this.parts.network.step({ ...request, diagnostics, update: true });
    this.lossScale = this.lossScale && scaleAfter(this.lossScale, result.skipped);
    return { rate: request.rate, result };
  }

  private freshLossScale(): LossScaleState | undefined {
    return this.parts.precision === 'float16' ? FRESH_LOSS_SCALE : undefined;
  }

  /** What a step is given: a function of its number. */
  private async request(step: number): Promise<Omit<TrainRequest, 'diagnostics' | 'update'>> {
    const { job } = this.parts;
    const { recipe } = job.spec;
    return {
      batch: await this.batches.read(step),
      seed: [job.spec.seed | 0, step],
      rate: rateAt(recipe, step, this.steps),
      // Of updates: a skipped step was none.
      step: step - this.checkpoints.slotsSince - (this.lossScale?.skipped ?? 0),
      ...(this.lossScale === undefined ? {} : { lossScale: this.lossScale.scale }),
      averageDecay: averageDecay(recipe.averaging, step),
    };
  }

  private collect(rate: number, result: TrainResult): void {
    const at = this.moment();
    this.points.add(SERIES.trainLoss, at, [result.loss]);
    if (result.elbo) {
      this.points.add(SERIES.trainReconstruction, at, [result.elbo.reconstruction]);
      this.points.add(SERIES.trainDivergence, at, [result.elbo.divergence]);
    } else {
      this.points.add(SERIES.trainAccuracy, at, [result.top1]);
    }
    this.points.add(SERIES.rate, at, [rate]);
    if (this.lossScale) {
      this.points.add(SERIES.lossScale, at, [this.lossScale.scale]);
      this.points.add(SERIES.skippedSteps, at, [this.lossScale.skipped]);
    }
    if (result.diagnostics) this.collectDiagnostics(at, result.diagnostics);
  }

  private collectDiagnostics(
    at: { step: number; elapsedMs: number },
    diagnostics: Diagnostics,
  ): void {
    const { units, convolutions } = this.parts.network;
    const { gradientNorm, weightNorm, inputGradientNorm, responseDeviation } = diagnostics;
    const ratio = gradientNorm.map((norm, i) => norm / (weightNorm[i] ?? Number.NaN));
    const perUnit = { labels: units };
    this.points.add({ ...SERIES.gradientNorm, ...perUnit }, at, gradientNorm);
    this.points.add({ ...SERIES.weightNorm, ...perUnit }, at, weightNorm);
    this.points.add({ ...SERIES.updateRatio, ...perUnit }, at, ratio);
    this.points.add({ ...SERIES.inputGradientNorm, ...perUnit }, at, inputGradientNorm);
    this.points.add({ ...SERIES.response, labels: convolutions }, at, responseDeviation);
  }

  private endsEpoch(): boolean {
    return this.order.epochOf(this.step) > this.order.epochOf(this.step - 1);
  }

  /** Evaluates, and writes what the evaluation decides. */
  private async endEpoch(): Promise<void> {
    const { host, data } = this.parts;
    let facts: EvaluationFacts | undefined;
    // The host tells the epoch's training loss first, which it takes from the points.
    await this.flush();
    if (data.facts.counts.val > 0) {
      facts = await this.evaluateValidation({ perClass: false });
      const at = { step: facts.step, elapsedMs: this.elapsedMs() };
      this.points.add(SERIES.valLoss, at, [facts.loss]);
      if ('elbo' in facts) {
        this.points.add(SERIES.valReconstruction, at, [facts.elbo.reconstruction]);
        this.points.add(SERIES.valDivergence, at, [facts.elbo.divergence]);
      } else {
        this.points.add(SERIES.valAccuracy, at, [facts.accuracy]);
        this.points.add(SERIES.valTop5, at, [facts.top5]);
      }
      await host.send({ kind: 'evaluation', facts });
    }
    const epoch = this.endsEpoch() ? this.order.epochOf(this.step) : undefined;
    await this.checkpoints.judge(facts && scoreOf(facts), { ...this.moment(), epoch });
  }

  private evaluateValidation(
    look: Pick<EvaluationOptions, 'perClass' | 'features' | 'onExample'>,
  ): Promise<EvaluationFacts> {
    const { data, network, options } = this.parts;
    return evaluateSplit({
      network,
      data,
      split: 'val',
      batch: options.batch,
      step: this.step,
      betweenBatches: () => nextTurn(),
      ...look,
    });
  }

  private moment(): Moment {
    return { step: this.step, elapsedMs: this.elapsedMs() };
  }

  /** Resolves when the host has stored every point so far. */
  private async flush(): Promise<void> {
    const series = this.points.take();
    if (series.length > 0) await this.parts.host.savePoints(series);
  }

  /** Points, and then how far the run is. */
  private async reportIfDue(): Promise<void> {
    if (!this.isDone() && performance.now() - this.reportedMs < REPORT_INTERVAL_MS) return;
    await this.flush();
    this.reportedMs = performance.now();
    const { job, host, data } = this.parts;
    const { stepMs, imagesPerSecond } = this.throughput.recent();
    await host.send({
      kind: 'progress',
      step: this.step,
      totalSteps: this.steps,
      epoch: epochsAfter(this.step, job.spec.recipe.length, {
        batch: job.spec.recipe.batch,
        examples: data.facts.counts.train,
      }),
      rate: rateAt(job.spec.recipe, this.step - 1, this.steps),
      imagesPerSecond,
      elapsedMs: this.elapsedMs(),
      remainingMs: (this.steps - this.step) * stepMs,
    });
  }

  private elapsedMs(): number {
    return this.elapsedBeforeMs + (performance.now() - this.startedMs);
  }

  /** Goes back to the last checkpoint. */
  private async restore(): Promise<void> {
    const { step, elapsedMs, ended, lossScale } = await this.checkpoints.restore();
    this.lossScale = this.freshLossScale() && (lossScale ?? FRESH_LOSS_SCALE);
    this.step = step;
    this.hasEnded = ended;
    this.elapsedBeforeMs = elapsedMs;
  }

  /** Something of `step` was not finite: finds out where it began, and throws the sentence. */
  private async fail(what: 'loss' | 'gradients', step: number, rate: number): Promise<never> {
    const { job, host, options, network, precision } = this.parts;
    await this.flush();
    await host.send({
      kind: 'preparing',
      message: `The ${what} ${what === 'loss' ? 'is' : 'are'} not finite; looking for the cause`,
    });
    throw await describeDivergence({
      network,
      what,
      precision,
      step,
      rate,
      rewind: async () => {
        // The step has spoilt the weights; go back to the last good state and come here again.
        try {
          await this.restore();
        } catch {
          await writeStart(network, options, job);
          this.step = 0;
          this.lossScale = this.freshLossScale();
        }
        return this.step;
      },
      repeat: async (number) => {
        await this.doStep(number, false);
      },
      request: (number) => this.request(number),
    });
  }
}

function plannedEpochs(
  { length, batch }: TrainJob['spec']['recipe'],
  examples: number,
): Pick<PreparedFacts, 'epochs' | 'fillingExamples'> {
  if (length.kind === 'steps') return {};
  return { epochs: length.epochs, fillingExamples: fillingExamples(length, { batch, examples }) };
}
