// A network ready to train and evaluate: the recorded program behind a typed surface. Handles never
// leave this folder; arrays go in and out.
import { sizeOf, weightsOf, type Weight } from '../../zoo/parameters.ts';
import { unitNames } from '../../zoo/plan.ts';
import type { HostValue, Program, ProgramSpec } from '../recording/program.ts';
import { recordProgram, type RecordedProgram } from '../recording/recorded-program.ts';
import type { TensorValues } from '../tensorflow/binding.ts';
import {
  convolutionNames,
  evaluateFunction,
  gradientOutput,
  inferFunction,
  RESIDENT_IMAGES,
  RESIDENT_LABELS,
  slotName,
  stateOf,
  trainFunction,
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
  /** One per block; all 1 unless a study says otherwise. */
  readonly gates?: Float32Array;
  readonly diagnostics: boolean;
  /** False computes everything and changes nothing. */
  readonly update: boolean;
}

export interface TrainResult {
  /** Mean over the batch, without weight decay. */
  readonly loss: number;
  /** Fractions of the batch. */
  readonly top1: number;
  readonly top5: number;
  readonly diagnostics: Diagnostics | undefined;
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
}

export interface EvaluateResult {
  readonly lossSum: number;
  readonly top1Hits: number;
  readonly top5Hits: number;
  /** Row-major [batch, classes], filled-up rows included. */
  readonly logits: Float32Array | undefined;
}

const DIAGNOSTIC_OUTPUTS = [
  'gradient-norm',
  'weight-norm',
  'input-gradient-norm',
  'response-deviation',
] as const;

/**
 * What a network is recorded for. Each takes the ones after it along, but for `infer`, which wants
 * no data: recording a training step takes about as long as ten of them.
 */
export type NetworkUse = 'train' | 'evaluate' | 'infer';

/** The program of a network: state and functions, not yet recorded. */
export function networkProgram(options: NetworkProgramOptions, use: NetworkUse): ProgramSpec {
  const state = stateOf(options);
  const weights = new Set(weightsOf(options.plan).map(({ name }) => name));
  switch (use) {
    case 'train':
      return { state, functions: [trainFunction(options), evaluateFunction(options)] };
    case 'evaluate':
      return {
        state: state.filter(({ name }) => !name.startsWith(slotName(''))),
        functions: [evaluateFunction(options)],
      };
    case 'infer':
      return {
        state: state.filter(({ name }) => weights.has(name)),
        functions: [inferFunction(options)],
      };
  }
}

/** Records the network's functions and loads them into a session of their own. */
export function recordNetwork(options: NetworkProgramOptions, use: NetworkUse): Network {
  return new Network(options, recordProgram(networkProgram(options, use)));
}

export class Network {
  readonly units: readonly string[];
  readonly convolutions: readonly string[];
  readonly weights: readonly Weight[];
  private readonly program: Program;
  private readonly options: NetworkProgramOptions;
  private readonly openGates: Float32Array;

  constructor(options: NetworkProgramOptions, program: Program) {
    this.options = options;
    this.program = program;
    this.weights = weightsOf(options.plan);
    this.units = unitNames(options.plan);
    this.convolutions = convolutionNames(options.plan);
    this.openGates = new Float32Array(options.plan.blocks.length).fill(1);
  }

  /** Number of nodes in the recorded graph; 0 for an eager program. */
  get nodeCount(): number {
    return 'nodes' in this.program ? (this.program as RecordedProgram).nodes.length : 0;
  }

  step(request: TrainRequest): TrainResult {
    const outputs = request.diagnostics ? ['metrics', ...DIAGNOSTIC_OUTPUTS] : ['metrics'];
    const results = this.program.run('train', {
      feeds: this.trainFeeds(request),
      outputs,
      update: request.update,
    });
    const [loss = Number.NaN, top1 = 0, top5 = 0] = floats(results, 'metrics');
    return {
      loss,
      top1,
      top5,
      diagnostics: request.diagnostics
        ? {
            gradientNorm: floats(results, 'gradient-norm'),
            weightNorm: floats(results, 'weight-norm'),
            inputGradientNorm: floats(results, 'input-gradient-norm'),
            responseDeviation: floats(results, 'response-deviation'),
          }
        : undefined,
    };
  }

  /** The gradient of every parameter, before clipping and decay; for checks against an oracle. */
  gradients(request: Omit<TrainRequest, 'diagnostics' | 'update'>): Map<string, Float32Array> {
    const trained = this.weights.filter((weight) => weight.trained);
    const results = this.program.run('train', {
      feeds: this.trainFeeds(request),
      outputs: trained.map(({ name }) => gradientOutput(name)),
      update: false,
    });
    return new Map(trained.map(({ name }) => [name, floats(results, gradientOutput(name))]));
  }

  /** The training pass's logits, [batch, classes]. */
  trainingLogits(request: Omit<TrainRequest, 'diagnostics' | 'update'>): Float32Array {
    const feeds = this.trainFeeds(request);
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
      outputs: request.logits ? ['totals', 'logits'] : ['totals'],
      update: false,
    });
    const [lossSum = Number.NaN, top1Hits = 0, top5Hits = 0] = floats(results, 'totals');
    return {
      lossSum,
      top1Hits,
      top5Hits,
      logits: request.logits ? floats(results, 'logits') : undefined,
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

  /** Sets optimizer slots, by the name of their parameter. Missing ones become zero. */
  writeSlots(values: ReadonlyMap<string, Float32Array>): void {
    const slots = this.weights
      .filter((weight) => weight.trained)
      .map(({ name, shape }): [string, Float32Array] => [
        slotName(name),
        values.get(name) ?? new Float32Array(sizeOf(shape)),
      ]);
    this.program.write(new Map(slots));
  }

  /** Hands a resident network its data: images [D, H, W, C], labels [D]. */
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

  readSlots(): Map<string, Float32Array> {
    const trained = this.weights.filter((weight) => weight.trained);
    return this.readFloats(trained.map(({ name }) => [name, slotName(name)]));
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

  private trainFeeds(
    request: Omit<TrainRequest, 'diagnostics' | 'update'>,
  ): Record<string, TensorValues> {
    return {
      ...this.dataFeeds(request.batch),
      seed: new Int32Array(request.seed),
      rate: new Float32Array([request.rate]),
      gates: request.gates ?? this.openGates,
    };
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

function floats(results: Readonly<Record<string, HostValue>>, name: string): Float32Array {
  const values = results[name]?.values;
  if (!(values instanceof Float32Array)) throw new Error(`The step returned no floats ${name}.`);
  return values;
}
