// The functions of a network program: one training step and one evaluation pass, each a pure
// function of state and feeds in tfjs ops.
import { weightsOf, type Weight } from '../../zoo/parameters.ts';
import { layersOf, unitNames, type NetworkPlan } from '../../zoo/plan.ts';
import { tf, type Tensor } from '../tensorflow/library.ts';
import { op, type } from '../tensorflow/op.ts';
import { crossEntropy, isCorrect, isInTop, smoothedTargets } from '../ops/classification.ts';
import {
  augmentAndNormalize,
  gatherImages,
  gatherLabels,
  normalize,
  type Augmentation,
  type Normalization,
} from '../ops/input.ts';
import type {
  FeedSpec,
  FunctionInputs,
  FunctionResult,
  ProgramFunction,
  StateSpec,
  Update,
} from '../recording/program.ts';
import { forward, type Observer } from './forward.ts';

export interface OptimizerOptions {
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
  /** Also decay batch norm's scale and shift and the last layer's bias, as PyTorch does. */
  readonly decayNormAndBias: boolean;
  /** Scale all gradients down so that their joint norm is at most this. */
  readonly clipNorm: number | undefined;
}

/** Where a step's examples come from. */
export type DataSource =
  /** The whole dataset is state of the session; steps feed row numbers. */
  | { readonly kind: 'resident'; readonly count: number }
  /** Steps feed the images and labels themselves. */
  | { readonly kind: 'streamed' };

export interface NetworkProgramOptions {
  readonly plan: NetworkPlan;
  readonly batch: number;
  readonly data: DataSource;
  readonly normalization: Normalization;
  readonly augmentation: Augmentation;
  readonly labelSmoothing: number;
  readonly optimizer: OptimizerOptions;
  /** Leave the diagnostic outputs out. Only an eager run gains from it: recorded, they are free. */
  readonly withoutDiagnostics?: boolean;
}

export const RESIDENT_IMAGES = 'data/images';
export const RESIDENT_LABELS = 'data/labels';

export const slotName = (weight: string): string => `momentum/${weight}`;

/** Parameters, statistics, momentum slots and, if resident, the data. */
export function stateOf(options: NetworkProgramOptions): StateSpec[] {
  const { plan, data } = options;
  const weights = weightsOf(plan);
  const state: StateSpec[] = weights.map(({ name, shape }) => ({ name, type: 'float32', shape }));
  for (const { name, shape } of weights.filter((weight) => weight.trained)) {
    state.push({ name: slotName(name), type: 'float32', shape });
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

function dataFeeds({ plan, batch, data }: NetworkProgramOptions): FeedSpec[] {
  const { height, width, channels } = plan.input;
  return data.kind === 'resident'
    ? [{ name: 'indices', type: 'int32', shape: [batch] }]
    : [
        { name: 'images', type: 'uint8', shape: [batch, height, width, channels] },
        { name: 'labels', type: 'int32', shape: [batch] },
      ];
}

function examples(inputs: FunctionInputs, data: DataSource): { images: Tensor; labels: Tensor } {
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
 * Outputs of `train`: `metrics` [3] = mean loss, top-1, top-5 fraction of the batch; and, at no
 * cost unless fetched, for units (stem, blocks, head) in depth order: `gradient-norm`,
 * `weight-norm`, `input-gradient-norm`; for convolutions: `response-deviation`.
 */
export function trainFunction(options: NetworkProgramOptions): ProgramFunction {
  const { plan } = options;
  const weights = weightsOf(plan);
  const trained = weights.filter((weight) => weight.trained);
  return {
    name: 'train',
    feeds: [
      ...dataFeeds(options),
      { name: 'seed', type: 'int32', shape: [2] },
      { name: 'rate', type: 'float32', shape: [] },
      { name: 'gates', type: 'float32', shape: [plan.blocks.length] },
    ],
    body: (inputs) => {
      const { images, labels } = examples(inputs, options.data);
      const seed = inputs.feed('seed');
      const x = augmentAndNormalize(images, options.augmentation, {
        normalization: options.normalization,
        seed,
      });
      const targets = smoothedTargets(labels, plan.classes, options.labelSmoothing);
      const observations = new Observations(options.withoutDiagnostics !== true);
      const parameters = trained.map((weight) => inputs.state(weight.name));
      const byName = new Map(trained.map((weight, i) => [weight.name, parameters[i]]));
      const lossOf = tf.valueAndGrads((...args: Tensor[]) => {
        const [input] = args;
        if (!input) throw new Error('The loss function got no input.');
        const logits = forward(plan, input, {
          weight: (name) => byName.get(name) ?? inputs.state(name),
          gates: inputs.feed('gates'),
          mode: { kind: 'training', seed, observer: observations },
        });
        observations.keep('logits', logits);
        return tf.mean(crossEntropy(logits, targets));
      });
      const { value: loss, grads } = lossOf([x, ...parameters]);
      const [inputGradient, ...gradients] = grads;
      if (!inputGradient) throw new Error('The step has no gradients.');
      observations.inputGradient(plan.stem.name, inputGradient);
      const found = observations.release();
      const logits = get(found.tensors, 'logits');
      const clipped = clip(gradients, options.optimizer.clipNorm);
      const units = unitNames(plan);
      return {
        outputs: {
          metrics: tf.stack([
            loss,
            tf.mean(isCorrect(logits, labels)),
            tf.mean(isInTop(Math.min(5, plan.classes), logits, labels)),
          ]),
          logits,
          ...(options.withoutDiagnostics
            ? {}
            : {
                'gradient-norm': normsByUnit(units, trained, gradients),
                'weight-norm': normsByUnit(units, trained, parameters),
                'input-gradient-norm': tf.stack(
                  units.map((unit) => get(found.inputGradientNorms, unit)),
                ),
                'response-deviation': tf.stack(
                  convolutionNames(plan).map((name) => get(found.responses, name)),
                ),
              }),
          ...Object.fromEntries(
            trained.map((weight, i) => [gradientOutput(weight.name), at(gradients, i)]),
          ),
        },
        updates: [
          ...found.statistics.map(({ name, value }): Update => ({
            kind: 'assign',
            state: name,
            value,
          })),
          ...trained.map((weight, i): Update => {
            const parameter = at(parameters, i);
            const gradient = at(clipped, i);
            return {
              kind: 'momentum',
              state: weight.name,
              slot: slotName(weight.name),
              gradient: decayed(weight, parameter, gradient, options.optimizer),
              rate: inputs.feed('rate'),
              momentum: options.optimizer.momentum,
              nesterov: options.optimizer.nesterov,
            };
          }),
        ],
      };
    },
  };
}

/** The output of `train` that holds a parameter's gradient, before clipping and decay. */
export const gradientOutput = (weight: string): string => `gradient/${weight}`;

/** Convolutions in the order of `response-deviation`. */
export function convolutionNames(plan: NetworkPlan): string[] {
  return [...layersOf(plan)].flatMap(({ layer }) => (layer.op === 'conv' ? [layer.name] : []));
}

/**
 * Outputs of `evaluate`: `totals` [3] = summed loss, top-1 and top-5 hits over examples whose
 * `valid` is 1 (a last, short batch is filled up with examples that are not); `logits` [N, K].
 */
export function evaluateFunction(options: NetworkProgramOptions): ProgramFunction {
  const { plan, batch } = options;
  return {
    name: 'evaluate',
    feeds: [
      ...dataFeeds(options),
      { name: 'valid', type: 'float32', shape: [batch] },
      { name: 'gates', type: 'float32', shape: [plan.blocks.length] },
    ],
    body: (inputs): FunctionResult => {
      const { images, labels } = examples(inputs, options.data);
      const x = normalize(images, options.normalization);
      const logits = forward(plan, x, {
        weight: (name) => inputs.state(name),
        gates: inputs.feed('gates'),
        mode: { kind: 'inference' },
      });
      const valid = inputs.feed('valid');
      const total = (each: Tensor): Tensor => tf.sum(tf.mul(each, valid));
      return {
        outputs: {
          totals: tf.stack([
            total(crossEntropy(logits, smoothedTargets(labels, plan.classes, 0))),
            total(isCorrect(logits, labels)),
            total(isInTop(Math.min(5, plan.classes), logits, labels)),
          ]),
          logits,
        },
      };
    },
  };
}

/** Output of `infer`: `logits` [N, K] of a batch that is already normalized, x [N, H, W, C]. */
export function inferFunction({ plan, batch }: NetworkProgramOptions): ProgramFunction {
  const { height, width, channels } = plan.input;
  return {
    name: 'infer',
    feeds: [
      { name: 'x', type: 'float32', shape: [batch, height, width, channels] },
      { name: 'gates', type: 'float32', shape: [plan.blocks.length] },
    ],
    body: (inputs) => ({
      outputs: {
        logits: forward(plan, inputs.feed('x'), {
          weight: (name) => inputs.state(name),
          gates: inputs.feed('gates'),
          mode: { kind: 'inference' },
        }),
      },
    }),
  };
}

/** Collects what the forward and backward passes report, past tfjs's automatic disposal. */
class Observations implements Observer {
  private readonly withDiagnostics: boolean;
  private readonly kept: Tensor[] = [];
  private readonly tensors = new Map<string, Tensor>();
  private readonly next: { name: string; value: Tensor }[] = [];
  private readonly responses = new Map<string, Tensor>();
  private readonly inputGradientNorms = new Map<string, Tensor>();

  constructor(withDiagnostics: boolean) {
    this.withDiagnostics = withDiagnostics;
  }

  keep(name: string, tensor: Tensor): void {
    this.tensors.set(name, this.hold(tensor.clone()));
  }

  statistics(layer: string, { mean, variance }: { mean: Tensor; variance: Tensor }): void {
    this.next.push(
      { name: `${layer}.running_mean`, value: this.hold(mean) },
      { name: `${layer}.running_var`, value: this.hold(variance) },
    );
  }

  response(convolution: string, deviation: () => Tensor): void {
    if (!this.withDiagnostics) return;
    this.responses.set(convolution, this.hold(tf.tidy(deviation)));
  }

  inputGradient(unit: string, dy: Tensor): void {
    if (!this.withDiagnostics) return;
    this.inputGradientNorms.set(unit, this.hold(tf.tidy(() => norm([dy]))));
  }

  /** Hands everything over to the scope of the caller. */
  release(): {
    tensors: Map<string, Tensor>;
    statistics: { name: string; value: Tensor }[];
    responses: Map<string, Tensor>;
    inputGradientNorms: Map<string, Tensor>;
  } {
    const owned = (map: Map<string, Tensor>): Map<string, Tensor> =>
      new Map([...map].map(([name, tensor]) => [name, tensor.clone()]));
    const result = {
      tensors: owned(this.tensors),
      statistics: this.next.map(({ name, value }) => ({ name, value: value.clone() })),
      responses: owned(this.responses),
      inputGradientNorms: owned(this.inputGradientNorms),
    };
    tf.dispose(this.kept);
    return result;
  }

  private hold(tensor: Tensor): Tensor {
    this.kept.push(tensor);
    return tf.keep(tensor);
  }
}

/** √Σ‖t‖² over the tensors. */
function norm(tensors: readonly Tensor[]): Tensor {
  const halves = tensors.map((tensor) => op('L2Loss', { T: type('float32') }, [tensor]));
  const [first] = halves;
  const sum = halves.length === 1 && first ? first : tf.addN(halves);
  return tf.sqrt(tf.mul(sum, 2));
}

function normsByUnit(
  units: readonly string[],
  weights: readonly Weight[],
  tensors: readonly Tensor[],
): Tensor {
  return tf.stack(
    units.map((unit) => norm(tensors.filter((_, index) => weights[index]?.unit === unit))),
  );
}

/** Gradient clipping by joint norm, PyTorch's `clip_grad_norm_`. */
function clip(gradients: readonly Tensor[], limit: number | undefined): readonly Tensor[] {
  if (limit === undefined) return gradients;
  const factor = tf.minimum(tf.div(limit, tf.add(norm(gradients), 1e-6)), 1);
  return gradients.map((gradient) => tf.mul(gradient, factor));
}

/** gradient + decay · parameter, for the parameters that decay. */
function decayed(
  weight: Weight,
  parameter: Tensor,
  gradient: Tensor,
  { weightDecay, decayNormAndBias }: OptimizerOptions,
): Tensor {
  const isMatrix = weight.role === 'kernel' || weight.role === 'matrix';
  if (weightDecay === 0 || !(isMatrix || decayNormAndBias)) return gradient;
  return tf.add(gradient, tf.mul(parameter, weightDecay));
}

function get(map: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const tensor = map.get(name);
  if (!tensor) throw new Error(`The step did not observe ${name}.`);
  return tensor;
}

function at(tensors: readonly Tensor[], index: number): Tensor {
  const tensor = tensors[index];
  if (!tensor) throw new Error(`The step has no tensor ${index}.`);
  return tensor;
}
