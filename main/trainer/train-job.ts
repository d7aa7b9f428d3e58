// Trains one run: data → recorded network → steps, with points, evaluations and checkpoints sent to
// the host. Between two steps it yields, so that a stop arrives.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { failure } from '../../shared/errors.ts';
import type { TrainJob } from '../../shared/contract/trainer.ts';
import { learningRate, totalSteps } from '../../shared/spec/schedule.ts';
import { createOrder, type Order } from '../data/order.ts';
import { initialWeights } from '../engine/network/initialize.ts';
import {
  recordNetwork,
  type Diagnostics,
  type Network,
  type TrainResult,
} from '../engine/network/network.ts';
import { libraryFacts } from '../engine/tensorflow/library.ts';
import { buildPlan } from '../zoo/build-plan.ts';
import { parameterCount } from '../zoo/parameters.ts';
import { layersOf, type NetworkPlan } from '../zoo/plan.ts';
import {
  checkpointFile,
  readCheckpoint,
  writeCheckpoint,
  type CheckpointRole,
  type CheckpointState,
} from './checkpoint.ts';
import { describeDivergence } from './divergence.ts';
import { evaluateSplit } from './evaluation.ts';
import type { HostLink } from './host-link.ts';
import { networkOptions } from './network-options.ts';
import { PointBuffer, type SeriesDescription } from './point-buffer.ts';
import { prepareData, type PreparedData } from './prepared-data.ts';
import { reportPreparing } from './preparing.ts';
import { Throughput } from './throughput.ts';
import { readWeightFile } from './weight-file.ts';

const FLUSH_INTERVAL_MS = 500;
const PROGRESS_INTERVAL_MS = 250;
/** At least this long between checkpoints inside an epoch, and at most 5 % of the time on them. */
const CHECKPOINT_INTERVAL_MS = 60_000;
const CHECKPOINT_TIME_SHARE = 0.05;

export async function runTrainJob(job: TrainJob, host: HostLink): Promise<void> {
  const session = await openSession(job, host);
  try {
    await session.run();
  } finally {
    await session.dispose();
  }
}

async function openSession(job: TrainJob, host: HostLink): Promise<TrainingSession> {
  const { spec } = job;
  const data = await prepareData({
    data: spec.data,
    cacheFolder: job.cacheFolder,
    normalization: spec.recipe.normalization,
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
  const network = recordNetwork(
    networkOptions(spec, { plan, data, batch: spec.recipe.batch }),
    'train',
  );
  const recordMs = performance.now() - started;
  await data.load(network);
  const session = new TrainingSession({ job, host, data, plan, network });
  await session.start(recordMs);
  return session;
}

interface SessionParts {
  readonly job: TrainJob;
  readonly host: HostLink;
  readonly data: PreparedData;
  readonly plan: NetworkPlan;
  readonly network: Network;
}

class TrainingSession {
  private readonly parts: SessionParts;
  private readonly order: Order;
  private readonly steps: number;
  private readonly points = new PointBuffer();
  private readonly throughput: Throughput;
  private step = 0;
  private best: CheckpointState['best'] = null;
  private elapsedBeforeMs = 0;
  private startedMs = 0;
  private flushedMs = 0;
  private reportedMs = 0;
  private checkpointedMs = 0;
  private checkpointCostMs = 0;

  constructor(parts: SessionParts) {
    this.parts = parts;
    const { recipe, seed } = parts.job.spec;
    const examples = parts.data.facts.counts.train;
    this.order = createOrder({
      count: examples,
      batch: recipe.batch,
      seed,
      shuffle: recipe.shuffle,
    });
    this.steps = totalSteps(recipe.length, { batch: recipe.batch, examples });
    this.throughput = new Throughput(recipe.batch);
  }

  /** Sets the starting weights, or those of the checkpoint, and says so. */
  async start(recordMs: number): Promise<void> {
    const { job, host, data, plan, network } = this.parts;
    if (job.resume) await this.restore();
    else await this.writeStart();
    const facts = libraryFacts();
    await host.send({
      kind: 'prepared',
      facts: {
        tensorflow: facts.tensorflow,
        tfjs: facts.tfjs,
        node: process.version,
        device: facts.usesGpu ? 'cuda' : 'cpu',
        parameters: [...layersOf(plan)].reduce((sum, { layer }) => sum + parameterCount(layer), 0),
        graphNodes: network.nodeCount,
        recordMs,
        totalSteps: this.steps,
        stepsPerEpoch: data.facts.counts.train / job.spec.recipe.batch,
        firstStep: this.step,
        units: [...network.units],
        convolutions: [...network.convolutions],
      },
    });
    this.startedMs = this.flushedMs = this.checkpointedMs = performance.now();
  }

  async run(): Promise<void> {
    const { host } = this.parts;
    let outcome: 'finished' | 'stopped' = 'finished';
    while (this.step < this.steps) {
      if (host.stopRequested) {
        outcome = 'stopped';
        break;
      }
      await this.trainStep();
      const isLast = this.step === this.steps;
      if (this.endsEpoch() || isLast) {
        await this.evaluate();
        await this.checkpoint('last');
      } else if (this.checkpointIsDue()) {
        await this.checkpoint('last');
      }
      await this.flushIfDue();
      await this.reportProgress(isLast);
      await nextTurn();
    }
    if (outcome === 'stopped') await this.checkpoint('last');
    await host.send({
      kind: 'done',
      outcome,
      step: this.step,
      elapsedMs: this.elapsedMs(),
      peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
    });
  }

  async dispose(): Promise<void> {
    this.parts.network.dispose();
    await this.parts.data.dataset.close();
  }

  private async trainStep(): Promise<void> {
    const { job, data, network } = this.parts;
    const { recipe } = job.spec;
    const step = this.step;
    const rate = learningRate(recipe.schedule, step, this.steps);
    const diagnostics = recipe.diagnosticsEvery > 0 && step % recipe.diagnosticsEvery === 0;
    const result = network.step({
      batch: await data.batch('train', this.order.indicesOf(step)),
      seed: [job.spec.seed | 0, step],
      rate,
      diagnostics,
      update: true,
    });
    if (!Number.isFinite(result.loss)) await this.fail(step, rate);
    this.step = step + 1;
    this.throughput.add(result);
    this.collect(step, rate, result);
  }

  private collect(step: number, rate: number, result: TrainResult): void {
    const at = { step, elapsedMs: this.elapsedMs() };
    this.points.add(SERIES.trainLoss, at, [result.loss]);
    this.points.add(SERIES.trainAccuracy, at, [result.top1]);
    this.points.add(SERIES.rate, at, [rate]);
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

  private async evaluate(): Promise<void> {
    const { host, data, network, job } = this.parts;
    if (data.facts.counts.val === 0) return;
    const facts = await evaluateSplit({
      network,
      data,
      split: 'val',
      batch: job.spec.recipe.batch,
      step: this.step - 1,
      perClass: false,
      betweenBatches: () => nextTurn(),
    });
    const at = { step: facts.step, elapsedMs: this.elapsedMs() };
    this.points.add(SERIES.valLoss, at, [facts.loss]);
    this.points.add(SERIES.valAccuracy, at, [facts.accuracy]);
    this.points.add(SERIES.valTop5, at, [facts.top5]);
    await host.send({ kind: 'evaluation', facts });
    if (this.best === null || facts.accuracy > this.best.accuracy) {
      this.best = { accuracy: facts.accuracy, step: facts.step };
      await this.checkpoint('best');
    }
  }

  private checkpointIsDue(): boolean {
    const sinceMs = performance.now() - this.checkpointedMs;
    return (
      sinceMs > Math.max(CHECKPOINT_INTERVAL_MS, this.checkpointCostMs / CHECKPOINT_TIME_SHARE)
    );
  }

  private async checkpoint(role: CheckpointRole): Promise<void> {
    const { job, host, data, network } = this.parts;
    await this.flush();
    const started = performance.now();
    const facts = await writeCheckpoint(job.runFolder, role, {
      network,
      state: {
        format: 1,
        step: this.step,
        totalSteps: this.steps,
        elapsedMs: this.elapsedMs(),
        best: this.best,
        spec: job.spec,
        input: data.facts.input,
        classes: data.facts.classes,
        dataFingerprint: data.facts.fingerprint,
        normalization: data.facts.normalization,
      },
    });
    if (role === 'last') {
      this.checkpointedMs = performance.now();
      this.checkpointCostMs = this.checkpointedMs - started;
    }
    await host.send({ kind: 'checkpoint', facts });
  }

  private async flushIfDue(): Promise<void> {
    if (performance.now() - this.flushedMs >= FLUSH_INTERVAL_MS) await this.flush();
  }

  /** Resolves when the host has stored every point so far. */
  private async flush(): Promise<void> {
    this.flushedMs = performance.now();
    const series = this.points.take();
    if (series.length > 0) await this.parts.host.savePoints(series);
  }

  private async reportProgress(isLast: boolean): Promise<void> {
    const now = performance.now();
    if (!isLast && now - this.reportedMs < PROGRESS_INTERVAL_MS) return;
    this.reportedMs = now;
    const { job, host, data } = this.parts;
    const recent = this.throughput.recent();
    await host.send({
      kind: 'progress',
      step: this.step,
      totalSteps: this.steps,
      epoch: (this.step * job.spec.recipe.batch) / data.facts.counts.train,
      loss: recent.loss,
      accuracy: recent.accuracy,
      rate: learningRate(job.spec.recipe.schedule, this.step - 1, this.steps),
      imagesPerSecond: recent.imagesPerSecond,
      elapsedMs: this.elapsedMs(),
      remainingMs: (this.steps - this.step) * recent.stepMs,
    });
  }

  private elapsedMs(): number {
    return this.elapsedBeforeMs + (performance.now() - this.startedMs);
  }

  private async writeStart(): Promise<void> {
    const { network } = this.parts;
    network.writeWeights(await this.startingWeights());
    network.writeSlots(new Map());
  }

  private async startingWeights(): Promise<ReadonlyMap<string, Float32Array>> {
    const { job, plan, network } = this.parts;
    if (job.spec.weights === undefined) return initialWeights(plan, job.spec.seed);
    return (await readWeightFile(job.spec.weights, network.weights)).values;
  }

  /** Sets weights, slots and counters to those of the last checkpoint. */
  private async restore(): Promise<void> {
    const { job, data, network } = this.parts;
    const file = checkpointFile(job.runFolder, 'last');
    const { values, slots, state } = await readCheckpoint(file, network.weights);
    if (state.dataFingerprint !== data.facts.fingerprint) {
      throw failure(
        'data-changed',
        `The data in ${job.spec.data.source} has changed since this run began, so it cannot go on as the same run. Restore the data, or start a new run from the checkpoint's weights with --weights ${file}.`,
        { details: { expected: state.dataFingerprint, given: data.facts.fingerprint } },
      );
    }
    network.writeWeights(values);
    network.writeSlots(slots);
    this.step = state.step;
    this.best = state.best;
    this.elapsedBeforeMs = state.elapsedMs;
  }

  /** The loss of `step` was not finite: finds out where it began, and throws the sentence. */
  private async fail(step: number, rate: number): Promise<never> {
    const { job, host, data, network } = this.parts;
    await this.flush();
    await host.send({
      kind: 'preparing',
      message: 'The loss is not finite; looking for the cause',
    });
    throw await describeDivergence({
      network,
      step,
      rate,
      rewind: async () => {
        // The step has spoilt the weights; go back to the last good state and come here again.
        try {
          await this.restore();
        } catch {
          await this.writeStart();
          this.step = 0;
        }
        return this.step;
      },
      request: async (number) => ({
        batch: await data.batch('train', this.order.indicesOf(number)),
        seed: [job.spec.seed | 0, number],
        rate: learningRate(job.spec.recipe.schedule, number, this.steps),
      }),
    });
  }
}

/** Names and units of the series that a training writes. */
const SERIES = {
  trainLoss: { name: 'train/loss', unit: 'nats' },
  trainAccuracy: { name: 'train/accuracy', unit: 'fraction' },
  rate: { name: 'train/rate', unit: '' },
  valLoss: { name: 'val/loss', unit: 'nats' },
  valAccuracy: { name: 'val/accuracy', unit: 'fraction' },
  valTop5: { name: 'val/top5', unit: 'fraction' },
  gradientNorm: { name: 'block/gradient-norm', unit: '' },
  weightNorm: { name: 'block/weight-norm', unit: '' },
  updateRatio: { name: 'block/update-ratio', unit: '' },
  inputGradientNorm: { name: 'block/input-gradient-norm', unit: '' },
  response: { name: 'conv/response-deviation', unit: '' },
} as const satisfies Record<string, SeriesDescription>;
