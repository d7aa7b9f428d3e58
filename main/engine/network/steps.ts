// The training step of a network program, whole or in parts, as pure functions of state and feeds in tfjs
// ops. What only looks (evaluate, infer) is in inference.ts.
import type { Precision } from '../../../shared/spec/precision.ts';
import { weightsOf, type Weight } from '../../zoo/parameters.ts';
import { convolutionNames, layersOf, unitNames, type NetworkPlan } from '../../zoo/plan.ts';
import { tf, type Tensor } from '../tensorflow/library.ts';
import { op, type } from '../tensorflow/op.ts';
import { crossEntropy, isCorrect, isInTop } from '../ops/classification.ts';
import { gatherImages, gatherLabels, type Normalization } from '../ops/input.ts';
import { saltedSeed } from '../ops/random.ts';
import {
  trainingBatch,
  type BatchAugmentation,
  type TrainingBatch,
} from '../ops/training-batch.ts';
import type {
  FeedSpec,
  FunctionInputs,
  ProgramFunction,
  StateSpec,
  Update,
} from '../recording/program.ts';
import { negativeElbo, pixelsOf } from './elbo.ts';
import { forward, type Forward } from './forward.ts';
import { areFinite, isScaled, LossScaling, scaleFeeds } from './loss-scaling.ts';
import { Observations } from './observations.ts';
import {
  jointNorm,
  optimizerFeeds,
  optimizerUpdates,
  slotKinds,
  slotName,
  type OptimizerOptions,
  type SlotKind,
} from './optimizer.ts';
import {
  chainedStatistics,
  jointDeviations,
  jointInputNorms,
  meanTensors,
  onEachReplica,
  replicasOf,
} from './replicas.ts';
import { tensorAt } from './tensor-at.ts';

/** Where a step's examples come from. */
export type DataSource =
  /** The whole dataset is state of the session; steps feed row numbers. */
  | { readonly kind: 'resident'; readonly count: number }
  /** Steps feed the images and labels themselves. */
  | { readonly kind: 'streamed' };

export interface NetworkProgramOptions {
  readonly plan: NetworkPlan;
  /** Examples of one call: a micro batch where a step is made of several. */
  readonly batch: number;
  /** Devices that a call is divided between, in equal parts; 1 where left out. */
  readonly replicas?: number;
  /** Calls that one update is made of; 1 unless gradients are accumulated. */
  readonly microBatches?: number;
  readonly data: DataSource;
  readonly normalization: Normalization;
  readonly augmentation: BatchAugmentation;
  /** One per class, for the loss; left out, all count the same. */
  readonly classWeights?: readonly number[];
  readonly labelSmoothing: number;
  readonly optimizer: OptimizerOptions;
  /**
   * Of products and activations; left out: float32. In float16 the loss is multiplied by a fed scale before the
   * backward pass, gradients are divided by it, and a step whose gradients are not finite changes nothing.
   */
  readonly precision?: Precision;
  /** Keep averages of all weights and evaluate with them. */
  readonly averaging?: boolean;
  readonly frozen?: Frozen | undefined;
  /** Evaluate the mean of the logits of an image and of its mirror image. */
  readonly testTimeFlip?: boolean;
  /** `evaluate` has the output `features` as well. */
  readonly hasFeatures?: boolean;
  /** Leave the diagnostic outputs out. Only an eager run gains from it: recorded, they are free. */
  readonly withoutDiagnostics?: boolean;
}

/** Units whose parameters are neither differentiated nor updated. */
export interface Frozen {
  readonly units: ReadonlySet<string>;
  /** Their batch norms use and keep their running statistics. */
  readonly normInference: boolean;
}

export const RESIDENT_IMAGES = 'data/images';
export const RESIDENT_LABELS = 'data/labels';

/** The average of a weight over steps. */
export const averageName = (weight: string): string => `average/${weight}`;

/** The sum of a parameter's gradients over the micro batches of a step. */
export const gradientSumName = (weight: string): string => `gradient-sum/${weight}`;

/** The parameters that a step updates. */
export function trainedWeights({ plan, frozen }: NetworkProgramOptions): Weight[] {
  return weightsOf(plan).filter(({ trained, unit }) => trained && frozen?.units.has(unit) !== true);
}

/** What has to be saved beside the weights, so that a run can go on: optimizer slots and averages. */
export interface Companion {
  readonly name: string;
  readonly kind: SlotKind | 'average';
  readonly weight: Weight;
}

export function companionsOf(options: NetworkProgramOptions): Companion[] {
  const slots = trainedWeights(options).flatMap((weight) =>
    slotKinds(options.optimizer).map((kind) => ({
      name: slotName(kind, weight.name),
      kind,
      weight,
    })),
  );
  if (options.averaging !== true) return slots;
  const averages = weightsOf(options.plan).map((weight) => ({
    name: averageName(weight.name),
    kind: 'average' as const,
    weight,
  }));
  return [...slots, ...averages];
}

/** Parameters, statistics and, if resident, the data; for training what goes with the parameters. */
export function stateOf(options: NetworkProgramOptions, use: 'train' | 'evaluate'): StateSpec[] {
  const { plan, data } = options;
  const floats = (name: string, weight: Weight): StateSpec => {
    const pack = packOf(weight, options);
    // A slot's name is its parameter's with a prefix: so is the pack's.
    const prefix = name.slice(0, name.length - weight.name.length);
    return {
      name,
      type: 'float32',
      shape: weight.shape,
      ...(pack === undefined ? {} : { packed: `${prefix}${pack}` }),
    };
  };
  const state = weightsOf(plan).map((weight) => floats(weight.name, weight));
  if (use === 'train') {
    state.push(...companionsOf(options).map(({ name, weight }) => floats(name, weight)));
    if ((options.microBatches ?? 1) > 1) {
      const trained = trainedWeights(options);
      state.push(...trained.map((weight) => floats(gradientSumName(weight.name), weight)));
    }
  }
  if (data.kind === 'resident') {
    const { height, width, channels } = plan.input;
    state.push(
      {
        name: RESIDENT_IMAGES,
        type: 'uint8',
        shape: [data.count, height, width, channels],
        traceShape: [1, height, width, channels],
        onHost: true,
      },
      {
        name: RESIDENT_LABELS,
        type: 'int32',
        shape: [data.count],
        traceShape: [1],
        onHost: true,
      },
    );
  }
  return state;
}

/** Vectors that a step changes all alike, and what goes with them, lie in one variable. */
function packOf(
  { shape, trained, unit }: Weight,
  { frozen }: NetworkProgramOptions,
): string | undefined {
  const isFrozen = frozen?.units.has(unit) === true && (trained || frozen.normInference);
  if (shape.length !== 1 || isFrozen) return undefined;
  return trained ? 'vectors' : 'statistics';
}

export function dataFeeds({ plan, batch, data }: NetworkProgramOptions): FeedSpec[] {
  const { height, width, channels } = plan.input;
  return data.kind === 'resident'
    ? [{ name: 'indices', type: 'int32', shape: [batch] }]
    : [
        { name: 'images', type: 'uint8', shape: [batch, height, width, channels] },
        { name: 'labels', type: 'int32', shape: [batch] },
      ];
}

export function examples(
  inputs: FunctionInputs,
  data: DataSource,
): { images: Tensor; labels: Tensor } {
  switch (data.kind) {
    case 'resident': {
      const indices = inputs.feed('indices');
      return {
        images: gatherImages(inputs.state(RESIDENT_IMAGES), indices),
        labels: gatherLabels(inputs.state(RESIDENT_LABELS), indices),
      };
    }
    case 'streamed':
      return { images: inputs.feed('images'), labels: inputs.feed('labels') };
  }
}

/**
 * One step. Outputs of `train`: `metrics` [3] = mean loss, top-1, top-5 fraction of the batch, or of an
 * autoencoder mean loss, reconstruction and divergence in nats; and, at no cost unless fetched, for units (stem, blocks, head) in depth order: `gradient-norm`,
 * `weight-norm`, `input-gradient-norm`; for convolutions: `response-deviation`.
 */
export function trainFunction(options: NetworkProgramOptions): ProgramFunction {
  return {
    name: 'train',
    feeds: [...passFeeds(options), ...optimizerFeeds(options.optimizer)],
    body: (inputs) => {
      const scaling = scalingOf(options, inputs);
      const pass = gradientPass(options, inputs, scaling);
      const gradients = scaling?.unscaled(pass.gradients) ?? pass.gradients;
      const finite = scaling && areFinite(gradients);
      return {
        ...(finite === undefined ? {} : { condition: finite }),
        outputs: {
          ...pass.outputs,
          ...(finite === undefined ? {} : { finite }),
          ...(options.withoutDiagnostics === true
            ? {}
            : unitNorms(options, { gradients, state: inputs.state })),
          ...namedGradients(pass.trained, gradients),
        },
        updates: [
          ...pass.statistics.map(assigned),
          ...optimizerUpdates(options.optimizer, {
            weights: pass.trained,
            gradients,
            feed: inputs.feed,
          }),
        ],
      };
    },
  };
}

/**
 * A part of a step: adds the micro batch's gradients to the sums, or starts them anew where `keep` is
 * 0. Outputs as `train`, without the norms that need the whole batch.
 */
export function accumulateFunction(options: NetworkProgramOptions): ProgramFunction {
  return {
    name: 'accumulate',
    feeds: [...passFeeds(options), { name: 'keep', type: 'float32', shape: [] }],
    body: (inputs) => {
      // Sums are of scaled gradients; `apply` divides them.
      const pass = gradientPass(options, inputs, scalingOf(options, inputs));
      const keep = inputs.feed('keep');
      return {
        outputs: pass.outputs,
        updates: [
          ...pass.statistics.map(assigned),
          ...pass.trained.map(({ name }, i): Update => {
            const state = gradientSumName(name);
            // Not a plain product: what is left of a step that diverged must not stay.
            const kept = op('MulNoNan', { T: type('float32') }, [inputs.state(state), keep]);
            return { kind: 'assign', state, value: tf.add(kept, tensorAt(pass.gradients, i)) };
          }),
        ],
      };
    },
  };
}

/** The end of a step of several micro batches: the update by the mean of their gradients. */
export function applyFunction(options: NetworkProgramOptions): ProgramFunction {
  return {
    name: 'apply',
    feeds: [...optimizerFeeds(options.optimizer), ...scaleFeeds(options)],
    body: (inputs) => {
      const weights = trainedWeights(options);
      const share = 1 / (options.microBatches ?? 1);
      const means = weights.map(({ name }) => tf.mul(inputs.state(gradientSumName(name)), share));
      const scaling = scalingOf(options, inputs);
      const gradients = scaling?.unscaled(means) ?? means;
      const finite = scaling && areFinite(gradients);
      return {
        ...(finite === undefined ? {} : { condition: finite }),
        outputs: {
          ...unitNorms(options, { gradients, state: inputs.state }),
          ...(finite === undefined ? {} : { finite }),
        },
        updates: optimizerUpdates(options.optimizer, {
          weights,
          gradients,
          feed: inputs.feed,
        }),
      };
    },
  };
}

/** average ← average − share · (average − weight), for all weights and statistics, after a step. */
export function averageFunction(options: NetworkProgramOptions): ProgramFunction {
  return {
    name: 'average',
    feeds: [{ name: 'share', type: 'float32', shape: [] }],
    body: (inputs) => ({
      outputs: {},
      updates: weightsOf(options.plan).map(({ name }): Update => {
        const state = averageName(name);
        return {
          kind: 'descend',
          state,
          direction: tf.sub(inputs.state(state), inputs.state(name)),
          rate: inputs.feed('share'),
        };
      }),
    }),
  };
}

function passFeeds(options: NetworkProgramOptions): FeedSpec[] {
  return [
    ...dataFeeds(options),
    {
      name: 'seed',
      type: 'int32',
      shape: replicasOf(options) === 1 ? [2] : [replicasOf(options), 2],
    },
    { name: 'gates', type: 'float32', shape: [options.plan.blocks.length] },
    ...scaleFeeds(options),
  ];
}

interface GradientPass {
  readonly outputs: Record<string, Tensor>;
  readonly trained: readonly Weight[];
  /** Of the trained weights, in their order; times the loss scale where there is one. */
  readonly gradients: readonly Tensor[];
  /** The running statistics after the batch. */
  readonly statistics: readonly { readonly name: string; readonly value: Tensor }[];
}

function scalingOf(
  options: NetworkProgramOptions,
  inputs: FunctionInputs,
): LossScaling | undefined {
  return isScaled(options) ? new LossScaling(inputs.feed) : undefined;
}

/** Forward and backward over one batch, divided between the replicas. */
function gradientPass(
  options: NetworkProgramOptions,
  inputs: FunctionInputs,
  scaling: LossScaling | undefined,
): GradientPass {
  const passes = onEachReplica(options, inputs, (own) => replicaPass(options, own, scaling));
  const [first] = passes;
  if (passes.length === 1) return first;
  const names = first.statistics.map(({ name }) => name);
  const statistics = chainedStatistics(
    names.map((name) => inputs.state(name)),
    passes.map((pass) => pass.statistics.map(({ value }) => value)),
  );
  return {
    trained: first.trained,
    outputs: joinedOutputs(passes.map(({ outputs }) => outputs)),
    gradients: meanTensors(passes.map(({ gradients }) => gradients)),
    statistics: names.map((name, i) => ({ name, value: tensorAt(statistics, i) })),
  };
}

/** The outputs of a whole batch, from those of its parts. */
function joinedOutputs(parts: readonly Record<string, Tensor>[]): Record<string, Tensor> {
  const [first = {}] = parts;
  const names = Object.keys(first);
  return Object.fromEntries(
    names.map((name): [string, Tensor] => {
      const each = parts.map((outputs) => present(outputs, name));
      switch (name) {
        case 'logits':
          return [name, tf.concat(each, 0)];
        case 'input-gradient-norm':
          return [name, jointInputNorms(each)];
        case 'response-deviation':
          return [name, jointDeviations(each)];
        default:
          return [name, tf.mean(tf.stack(each), 0)];
      }
    }),
  );
}

function present(outputs: Readonly<Record<string, Tensor>>, name: string): Tensor {
  const tensor = outputs[name];
  if (!tensor) throw new Error(`A replica has no output ${name}.`);
  return tensor;
}

/** Forward and backward over one replica's examples. */
function replicaPass(
  options: NetworkProgramOptions,
  inputs: FunctionInputs,
  scaling: LossScaling | undefined,
): GradientPass {
  const { plan } = options;
  const trained = trainedWeights(options);
  const seed = inputs.feed('seed');
  const batch = trainingBatch(
    { ...examples(inputs, options.data), seed },
    { ...options, classes: plan.classes },
  );
  const observations = new Observations(options.withoutDiagnostics !== true);
  const parameters = trained.map((weight) => inputs.state(weight.name));
  const byName = new Map(trained.map((weight, i) => [weight.name, parameters[i]]));
  const pass: Forward = {
    weight: (name) => byName.get(name) ?? inputs.state(name),
    gates: inputs.feed('gates'),
    mode: {
      kind: 'training',
      seed,
      observer: observations,
      hasFrozenStatistics: frozenStatistics(options),
    },
  };
  const lossOf = tf.valueAndGrads((...args: Tensor[]) => {
    const [x] = args;
    if (!x) throw new Error('The loss function got no input.');
    return meanLoss(options, { ...batch, x, seed }, pass, observations);
  });
  const { value: loss, grads } = lossOf([batch.x, ...parameters], scaling?.scale);
  const [inputGradient, ...gradients] = grads;
  if (!inputGradient) throw new Error('The step has no gradients.');
  observations.inputGradient(plan.stem.name, inputGradient);
  const found = observations.release();
  return {
    outputs: {
      ...(plan.decoder
        ? autoencoderOutputs(loss, found.tensors)
        : classifierOutputs(plan, {
            ...{ loss, labels: batch.labels, logits: get(found.tensors, 'logits') },
          })),
      ...(options.withoutDiagnostics === true ? {} : diagnosticOutputs(plan, found, scaling)),
    },
    trained,
    gradients,
    statistics: found.statistics,
  };
}

/** Of the examples; logits, or the terms of an autoencoder's loss, are kept as observations. */
function meanLoss(
  { plan, normalization }: NetworkProgramOptions,
  { x, targets, weights, seed }: TrainingBatch & { readonly seed: Tensor },
  pass: Forward,
  observations: Observations,
): Tensor {
  if (plan.decoder) {
    const pixels = pixelsOf(x, normalization);
    const noise = saltedSeed(seed, NOISE);
    const { reconstruction, divergence } = negativeElbo(plan, { x, pixels, noise }, pass);
    observations.keep('reconstruction', tf.mean(reconstruction));
    observations.keep('divergence', tf.mean(divergence));
    return tf.mean(tf.add(reconstruction, divergence));
  }
  const logits = forward(plan, x, pass);
  observations.keep('logits', logits);
  const losses = crossEntropy(logits, targets);
  return tf.mean(weights === undefined ? losses : tf.mul(losses, weights));
}

function diagnosticOutputs(
  plan: NetworkPlan,
  { inputGradientNorms, responses }: ReturnType<Observations['release']>,
  scaling: LossScaling | undefined,
): Record<string, Tensor> {
  return {
    'input-gradient-norm': unscaledNorms(
      unitNames(plan).map((unit) => get(inputGradientNorms, unit)),
      scaling,
    ),
    'response-deviation': tf.stack(convolutionNames(plan).map((name) => get(responses, name))),
  };
}

/** What the seed of a step is salted with for the noise of the latent sample. */
const NOISE = 'latent';

function classifierOutputs(
  plan: NetworkPlan,
  given: { readonly loss: Tensor; readonly labels: Tensor; readonly logits: Tensor },
): Record<string, Tensor> {
  const { loss, labels, logits } = given;
  return {
    metrics: tf.stack([
      loss,
      tf.mean(isCorrect(logits, labels)),
      tf.mean(isInTop(Math.min(5, plan.classes), logits, labels)),
    ]),
    logits,
  };
}

function autoencoderOutputs(
  loss: Tensor,
  found: ReadonlyMap<string, Tensor>,
): Record<string, Tensor> {
  return { metrics: tf.stack([loss, get(found, 'reconstruction'), get(found, 'divergence')]) };
}

const assigned = ({ name, value }: GradientPass['statistics'][number]): Update => ({
  kind: 'assign',
  state: name,
  value,
});

function unscaledNorms(norms: readonly Tensor[], scaling: LossScaling | undefined): Tensor {
  const all = tf.stack([...norms]);
  return scaling?.unscaled([all])[0] ?? all;
}

/** Whether a batch norm belongs to a unit whose statistics are frozen. */
function frozenStatistics({
  plan,
  frozen,
}: NetworkProgramOptions): ((norm: string) => boolean) | undefined {
  if (frozen?.normInference !== true) return undefined;
  const norms = new Set(
    [...layersOf(plan)].flatMap(({ unit, layer }) =>
      layer.op === 'norm' && frozen.units.has(unit) ? [layer.name] : [],
    ),
  );
  return (norm) => norms.has(norm);
}

/** Of every unit; a frozen one has no gradient, so its norm is 0. */
function unitNorms(
  options: NetworkProgramOptions,
  { gradients, state }: { gradients: readonly Tensor[]; state: (name: string) => Tensor },
): Record<string, Tensor> {
  const units = unitNames(options.plan);
  const parameters = weightsOf(options.plan).filter((weight) => weight.trained);
  const values = parameters.map(({ name }) => state(name));
  return {
    'gradient-norm': normsByUnit(units, trainedWeights(options), gradients),
    'weight-norm': normsByUnit(units, parameters, values),
  };
}

function namedGradients(
  trained: readonly Weight[],
  gradients: readonly Tensor[],
): Record<string, Tensor> {
  return Object.fromEntries(
    trained.map((weight, i) => [gradientOutput(weight.name), tensorAt(gradients, i)]),
  );
}

/** The output of `train` that holds a parameter's gradient, before clipping and decay. */
export const gradientOutput = (weight: string): string => `gradient/${weight}`;

function normsByUnit(
  units: readonly string[],
  weights: readonly Weight[],
  tensors: readonly Tensor[],
): Tensor {
  return tf.stack(
    units.map((unit) => jointNorm(tensors.filter((_, index) => weights[index]?.unit === unit))),
  );
}

function get(map: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const tensor = map.get(name);
  if (!tensor) throw new Error(`The step did not observe ${name}.`);
  return tensor;
}
