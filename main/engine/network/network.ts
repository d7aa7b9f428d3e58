// A network ready to train and evaluate: the recorded program behind a typed surface. Handles never
// leave this folder; arrays go in and out.
import { sizeOf, weightsOf, type Weight } from '../../zoo/parameters.ts';
import { convolutionNames, unitNames } from '../../zoo/plan.ts';
import type { HostValue, Program, ProgramFunction, ProgramSpec } from '../recording/program.ts';
import { recordProgram, type RecordedProgram } from '../recording/recorded-program.ts';
import type { TensorValues } from '../tensorflow/binding.ts';
import { evaluateFunction, inferFunction } from './inference.ts';
import { isScaled, scaleFeedValues } from './loss-scaling.ts';
import { callsOf, joinParts, type CallRequest } from './micro-batches.ts';
import { optimizerFeedValues } from './optimizer.ts';
import { replicasOf } from './replicas.ts';
import {
  accumulateFunction,
  applyFunction,
  averageFunction,
  averageName,
  companionsOf,
  gradientOutput,
  gradientSumName,
  RESIDENT_IMAGES,
  RESIDENT_LABELS,
  stateOf,
  trainedWeights,
  trainFunction,
  type Companion,
  type NetworkProgramOptions,
} from './steps.ts';

/** Examples of one call: row numbers of the resident data, or the data itself. */
export type Batch =
  | { readonly kind: 'resident'; readonly indices: Int32Array }
  | { readonly kind: 'streamed'; readonly images: Uint8Array; readonly labels: Int32Array };

export interface TrainRequest {
  readonly batch: Batch;
  /** Two numbers that decide all that is random in the step. */
  readonly seed: readonly [number, number];
  readonly rate: number;
  /** Updates before this one; AdamW corrects its bias by it. */
  readonly step?: number;
  /** How much of the averages stays, where weights are averaged. */
  readonly averageDecay?: number;
  /** In float16: what the loss is multiplied by before the backward pass, a power of two. */
  readonly lossScale?: number;
  /** One per block; all 1 unless a study says otherwise. */
  readonly gates?: Float32Array;
  readonly diagnostics: boolean;
  /** False computes everything and changes nothing. */
  readonly update: boolean;
}

/** Means over a batch or sums over examples, in nats: −log p(x | z), and KL(q(z | x) ‖ N(0, 1)). */
export interface ElboTerms {
  readonly reconstruction: number;
  readonly divergence: number;
}

export interface TrainResult {
  /** Mean over the batch, without weight decay. */
  readonly loss: number;
  /** Fractions of the batch; NaN of an autoencoder, which has no classes. */
  readonly top1: number;
  readonly top5: number;
  /** Of an autoencoder: the loss's terms. */
  readonly elbo?: ElboTerms | undefined;
  readonly diagnostics: Diagnostics | undefined;
  /** Some gradient was infinite or not a number in float16, so nothing was updated. */
  readonly skipped: boolean;
}

/** Vectors over units (stem, blocks, head) in depth order, or over convolutions. */
export interface Diagnostics {
  readonly gradientNorm: Float32Array;
  readonly weightNorm: Float32Array;
  readonly inputGradientNorm: Float32Array;
  readonly responseDeviation: Float32Array;
}

export interface EvaluateRequest {
  readonly batch: Batch;
  /** Examples beyond this number fill the batch up and do not count. */
  readonly validCount: number;
  readonly gates?: Float32Array;
  readonly logits: boolean;
  /** Of a network with `hasFeatures`. */
  readonly features?: boolean;
}

export interface EvaluateResult {
  readonly lossSum: number;
  /** NaN of an autoencoder. */
  readonly top1Hits: number;
  readonly top5Hits: number;
  /** Of an autoencoder: the sums of the loss's terms. */
  readonly elbo?: ElboTerms | undefined;
  /** Row-major [batch, classes], filled-up rows included. */
  readonly logits: Float32Array | undefined;
  /** Row-major [batch, D], the input of the last layer. */
  readonly features: Float32Array | undefined;
}

/** Outputs that belong to an update, and those that belong to a pass over a (micro) batch. */
const UNIT_NORMS = ['gradient-norm', 'weight-norm'] as const;
const PASS_DIAGNOSTICS = ['input-gradient-norm', 'response-deviation'] as const;

/**
 * What a network is recorded for. Each takes the ones after it along, but for `infer`, which wants
 * no data: recording a training step takes about as long as ten of them.
 */
export type NetworkUse = 'train' | 'evaluate' | 'infer';

/** The program of a network: state and functions, not yet recorded. */
export function networkProgram(options: NetworkProgramOptions, use: NetworkUse): ProgramSpec {
  const state = stateOf(options, 'evaluate');
  const replicas = replicasOf(options);
  const weights = new Set(weightsOf(options.plan).map(({ name }) => name));
  switch (use) {
    case 'train':
      return { state: stateOf(options, 'train'), functions: trainingFunctions(options), replicas };
    case 'evaluate':
      return { state, functions: [evaluateFunction(options)], replicas };
    case 'infer':
      return {
        state: state.filter(({ name }) => weights.has(name)),
        functions: [inferFunction(options)],
      };
  }
}

function trainingFunctions(options: NetworkProgramOptions): ProgramFunction[] {
  return [
    ...((options.microBatches ?? 1) > 1
      ? [accumulateFunction(options), applyFunction(options)]
      : [trainFunction(options)]),
    ...(options.averaging === true ? [averageFunction(options)] : []),
    evaluateFunction(options),
  ];
}

/** Records the network's functions and loads them into a session of their own. */
export function recordNetwork(options: NetworkProgramOptions, use: NetworkUse): Network {
  const { precision } = options;
  return new Network(options, recordProgram(networkProgram(options, use), { precision }));
}

export class Network {
  readonly units: readonly string[];
  readonly convolutions: readonly string[];
  readonly weights: readonly Weight[];
  /** What `readSlots` returns and `writeSlots` takes. */
  readonly companions: readonly Companion[];
  private readonly isSplit: boolean;
  private readonly program: Program;
  private readonly options: NetworkProgramOptions;
  private readonly openGates: Float32Array;

  constructor(options: NetworkProgramOptions, program: Program) {
    this.options = options;
    this.program = program;
    this.weights = weightsOf(options.plan);
    this.companions = companionsOf(options);
    this.isSplit = (options.microBatches ?? 1) > 1;
    this.units = unitNames(options.plan);
    this.convolutions = convolutionNames(options.plan);
    this.openGates = new Float32Array(options.plan.blocks.length).fill(1);
  }

  /** Number of nodes in the recorded graph; 0 for an eager program. */
  get nodeCount(): number {
    return 'nodes' in this.program ? (this.program as RecordedProgram).nodes.length : 0;
  }

  /** One update: of a batch, or of several micro batches and their mean gradient. */
  step(request: TrainRequest): TrainResult {
    const result = this.isSplit ? this.stepInParts(request) : this.wholeStep(request);
    if (request.update && !result.skipped && this.options.averaging === true) {
      if (request.averageDecay === undefined) throw new Error('The step has no averageDecay.');
      const share = new Float32Array([1 - request.averageDecay]);
      this.program.run('average', { feeds: { share }, outputs: [], update: true });
    }
    return result;
  }

  private wholeStep(request: TrainRequest): TrainResult {
    const results = this.program.run('train', {
      feeds: this.wholeFeeds(request),
      outputs: [
        ...['metrics', ...this.finiteOutput],
        ...(request.diagnostics ? [...UNIT_NORMS, ...PASS_DIAGNOSTICS] : []),
      ],
      update: request.update,
    });
    return {
      ...this.metricsOf(results),
      skipped: wasSkipped(results),
      diagnostics: request.diagnostics
        ? { ...unitNormsOf(results), ...passDiagnosticsOf(results) }
        : undefined,
    };
  }

  private stepInParts(request: TrainRequest): TrainResult {
    const { diagnostics, update } = request;
    const count = this.options.microBatches ?? 1;
    // The parts write running statistics as they go; a step that changes nothing gives them back.
    const mayChangeNothing = !update || isScaled(this.options);
    const statistics = mayChangeNothing ? this.readStatistics() : undefined;
    const calls = callsOf(request, { count, replicas: replicasOf(this.options) });
    const parts = calls.map((part, i) => {
      const results = this.program.run('accumulate', {
        feeds: { ...this.passFeeds(part), keep: new Float32Array([i === 0 ? 0 : 1]) },
        outputs: diagnostics ? ['metrics', ...PASS_DIAGNOSTICS] : ['metrics'],
        update: true,
      });
      return {
        ...this.metricsOf(results),
        ...(diagnostics ? passDiagnosticsOf(results) : undefined),
      };
    });
    const results = this.program.run('apply', {
      feeds: { ...this.optimizerFeeds(request), ...this.scaleFeeds(request) },
      outputs: [...this.finiteOutput, ...(diagnostics ? UNIT_NORMS : [])],
      update,
    });
    const skipped = wasSkipped(results);
    if (statistics && (skipped || !update)) this.writeWeights(statistics);
    return { ...joinParts(parts, diagnostics ? unitNormsOf(results) : undefined), skipped };
  }

  get isAutoencoder(): boolean {
    return this.options.plan.decoder !== undefined;
  }

  /**
   * The gradient of every trained parameter, before clipping and decay; for checks against an oracle.
   * Not of a network whose steps are made of micro batches.
   */
  gradients(request: Omit<TrainRequest, 'diagnostics' | 'update'>): Map<string, Float32Array> {
    const trained = trainedWeights(this.options);
    const results = this.program.run('train', {
      feeds: this.wholeFeeds(request),
      outputs: trained.map(({ name }) => gradientOutput(name)),
      update: false,
    });
    return new Map(trained.map(({ name }) => [name, floats(results, gradientOutput(name))]));
  }

  /** The training pass's logits, [batch, classes]. */
  trainingLogits(request: Omit<TrainRequest, 'diagnostics' | 'update'>): Float32Array {
    const feeds = this.wholeFeeds(request);
    return floats(
      this.program.run('train', { feeds, outputs: ['logits'], update: false }),
      'logits',
    );
  }

  evaluate(request: EvaluateRequest): EvaluateResult {
    const valid = new Float32Array(this.options.batch).fill(1, 0, request.validCount);
    const results = this.program.run('evaluate', {
      feeds: {
        ...this.dataFeeds(request.batch),
        valid,
        gates: request.gates ?? this.openGates,
      },
      outputs: [
        'totals',
        ...(request.logits ? ['logits'] : []),
        ...(request.features === true ? ['features'] : []),
      ],
      update: false,
    });
    const { loss, top1, top5, elbo } = this.judged(floats(results, 'totals'));
    return {
      lossSum: loss,
      top1Hits: top1,
      top5Hits: top5,
      ...(elbo === undefined ? {} : { elbo }),
      logits: request.logits ? floats(results, 'logits') : undefined,
      features: request.features === true ? floats(results, 'features') : undefined,
    };
  }

  /** Logits of a normalized batch: x [batch, H, W, C] → [batch, classes]. */
  infer(x: Float32Array, gates = this.openGates): Float32Array {
    return floats(
      this.program.run('infer', { feeds: { x, gates }, outputs: ['logits'], update: false }),
      'logits',
    );
  }

  /** Sets parameters and statistics, by PyTorch name in the engine's layout. */
  writeWeights(values: ReadonlyMap<string, Float32Array>): void {
    this.program.write(values);
  }

  /**
   * Sets optimizer slots and averages, by the names of `companions`. Missing ones become what they are
   * before the first step: slots zero, averages the present weights.
   */
  writeSlots(values: ReadonlyMap<string, Float32Array>): void {
    const present = this.options.averaging === true ? this.readWeights() : undefined;
    const slots = this.companions.map(({ name, kind, weight }): [string, Float32Array] => {
      const start = kind === 'average' ? present?.get(weight.name) : undefined;
      return [name, values.get(name) ?? start ?? new Float32Array(sizeOf(weight.shape))];
    });
    const sums = this.isSplit
      ? trainedWeights(this.options).map(({ name, shape }): [string, Float32Array] => [
          gradientSumName(name),
          new Float32Array(sizeOf(shape)),
        ])
      : [];
    this.program.write(new Map([...slots, ...sums]));
  }

  /** Sets the weights that `evaluate` uses; the others as well, so that both are the same. */
  writeEvaluated(values: ReadonlyMap<string, Float32Array>): void {
    this.program.write(values);
    if (this.options.averaging !== true) return;
    this.program.write(new Map([...values].map(([name, value]) => [averageName(name), value])));
  }

  /**
   * Hands a resident network its data, once: images [D, H, W, C], labels [D]. Images in `adoptableBytes` are not
   * copied and must not change afterwards.
   */
  writeData(images: Uint8Array, labels: Int32Array): void {
    this.program.write(
      new Map<string, TensorValues>([
        [RESIDENT_IMAGES, images],
        [RESIDENT_LABELS, labels],
      ]),
    );
  }

  readWeights(): Map<string, Float32Array> {
    return this.readFloats(this.weights.map(({ name }) => [name, name]));
  }

  /** The weights that `evaluate` uses: averages where there are any. */
  readEvaluated(): Map<string, Float32Array> {
    const isAveraged = this.options.averaging === true;
    return this.readFloats(
      this.weights.map(({ name }) => [name, isAveraged ? averageName(name) : name]),
    );
  }

  readSlots(): Map<string, Float32Array> {
    return this.readFloats(this.companions.map(({ name }) => [name, name]));
  }

  dispose(): void {
    this.program.dispose();
  }

  private readFloats(names: readonly (readonly [string, string])[]): Map<string, Float32Array> {
    const values = this.program.read(names.map(([, state]) => state));
    return new Map(
      names.map(([name, state]) => {
        const array = values.get(state);
        if (!(array instanceof Float32Array)) throw new Error(`${state} is not float32.`);
        return [name, array];
      }),
    );
  }

  private readStatistics(): Map<string, Float32Array> {
    const statistics = this.weights.filter((weight) => !weight.trained);
    return this.readFloats(statistics.map(({ name }) => [name, name]));
  }

  /** Of a step that is one call. */
  private wholeFeeds(
    request: Omit<TrainRequest, 'diagnostics' | 'update'>,
  ): Record<string, TensorValues> {
    const [call] = callsOf(request, { count: 1, replicas: replicasOf(this.options) });
    if (!call) throw new Error('A step has at least one call.');
    return { ...this.passFeeds(call), ...this.optimizerFeeds(request) };
  }

  private passFeeds(request: CallRequest): Record<string, TensorValues> {
    return {
      ...this.scaleFeeds(request),
      ...this.dataFeeds(request.batch),
      seed: Int32Array.from(request.seeds.flat()),
      gates: request.gates ?? this.openGates,
    };
  }

  private metricsOf(results: Results): Judged {
    return this.judged(floats(results, 'metrics'));
  }

  /** The loss, and then accuracies or the loss's terms. */
  private judged([loss = Number.NaN, first = 0, second = 0]: Float32Array): Judged {
    if (!this.options.plan.decoder) return { loss, top1: first, top5: second };
    const elbo = { reconstruction: first, divergence: second };
    return { loss, top1: Number.NaN, top5: Number.NaN, elbo };
  }

  private scaleFeeds({ lossScale }: Pick<TrainRequest, 'lossScale'>): Record<string, TensorValues> {
    return scaleFeedValues(this.options, lossScale);
  }

  /** The output that says whether a step is one to update by, where steps may be skipped. */
  private get finiteOutput(): readonly string[] {
    return isScaled(this.options) ? ['finite'] : [];
  }

  private optimizerFeeds({
    rate,
    step,
  }: Pick<TrainRequest, 'rate' | 'step'>): Record<string, TensorValues> {
    return optimizerFeedValues(this.options.optimizer, { rate, step });
  }

  private dataFeeds(batch: Batch): Record<string, TensorValues> {
    switch (batch.kind) {
      case 'resident':
        return { indices: batch.indices };
      case 'streamed':
        return { images: batch.images, labels: batch.labels };
    }
  }
}

function floats(results: Results, name: string): Float32Array {
  const values = results[name]?.values;
  if (!(values instanceof Float32Array)) throw new Error(`The step returned no floats ${name}.`);
  return values;
}

function wasSkipped({ finite }: Results): boolean {
  return finite?.values[0] === 0;
}

type Results = Readonly<Record<string, HostValue>>;

type Judged = Pick<TrainResult, 'loss' | 'top1' | 'top5' | 'elbo'>;

function unitNormsOf(results: Results): Pick<Diagnostics, 'gradientNorm' | 'weightNorm'> {
  return {
    gradientNorm: floats(results, 'gradient-norm'),
    weightNorm: floats(results, 'weight-norm'),
  };
}

function passDiagnosticsOf(
  results: Results,
): Pick<Diagnostics, 'inputGradientNorm' | 'responseDeviation'> {
  return {
    inputGradientNorm: floats(results, 'input-gradient-norm'),
    responseDeviation: floats(results, 'response-deviation'),
  };
}
