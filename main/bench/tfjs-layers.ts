// The same network in tfjs's own layers API, trained by `trainOnBatch`: what one would use today.
import { tf, type Tensor } from '../engine/tensorflow/library.ts';
import type { Layer, NetworkPlan } from '../zoo/plan.ts';
import { createRng } from '../../shared/rng.ts';

type Symbolic = ReturnType<typeof tf.input>;

/** Milliseconds of each timed step. */
export async function timeLayersApi(
  plan: NetworkPlan,
  options: { readonly batch: number; readonly warmup: number; readonly steps: number },
): Promise<number[]> {
  const model = buildModel(plan);
  model.compile({
    optimizer: tf.train.momentum(0.01, 0.9),
    loss: (labels: Tensor, logits: Tensor) => tf.losses.softmaxCrossEntropy(labels, logits),
  });
  const { height, width, channels } = plan.input;
  const rng = createRng(1, 'benchmark');
  const count = options.batch * height * width * channels;
  const x = tf.tensor4d(
    Float32Array.from({ length: count }, () => rng.normal()),
    [options.batch, height, width, channels],
  );
  const labels = Int32Array.from({ length: options.batch }, () => rng.below(plan.classes));
  const y = tf.tidy(() =>
    tf.cast(tf.oneHot(tf.tensor1d(labels, 'int32'), plan.classes), 'float32'),
  );
  const times: number[] = [];
  for (let step = 0; step < options.warmup + options.steps; step++) {
    const started = performance.now();
    await model.trainOnBatch(x, y);
    if (step >= options.warmup) times.push(performance.now() - started);
  }
  tf.dispose([x, y]);
  model.dispose();
  return times;
}

function buildModel(plan: NetworkPlan): ReturnType<typeof tf.model> {
  const { height, width, channels } = plan.input;
  const input = tf.input({ shape: [height, width, channels] });
  let h = applyAll(plan.stem.layers, input);
  for (const block of plan.blocks) {
    const activated = applyAll(block.before, h);
    const branch = applyAll(block.branch, activated);
    const { shortcut } = block;
    let skip: Symbolic | undefined;
    if (shortcut.kind === 'identity') skip = h;
    if (shortcut.kind === 'pad') skip = apply(new PadShortcut(shortcut), h);
    if (shortcut.kind === 'projection') {
      skip = applyAll(shortcut.layers, shortcut.from === 'activated' ? activated : h);
    }
    const sum = skip ? (tf.layers.add().apply([branch, skip]) as Symbolic) : branch;
    h = applyAll(block.after, sum);
  }
  return tf.model({ inputs: input, outputs: applyAll(plan.head.layers, h) });
}

function applyAll(layers: readonly Layer[], x: Symbolic): Symbolic {
  return layers.reduce((h, layer) => apply(toLayer(layer), h), x);
}

function apply(layer: { apply(x: Symbolic): unknown }, x: Symbolic): Symbolic {
  return layer.apply(x) as Symbolic;
}

function toLayer(layer: Layer): { apply(x: Symbolic): unknown } {
  switch (layer.op) {
    case 'conv':
      return tf.layers.conv2d({
        filters: layer.output.channels,
        kernelSize: layer.kernel,
        strides: layer.stride,
        padding: 'same',
        useBias: false,
        kernelInitializer: 'heNormal',
      });
    case 'norm':
      return tf.layers.batchNormalization({ epsilon: 1e-5, momentum: 0.9 });
    case 'relu':
      return tf.layers.activation({ activation: 'relu' });
    case 'dropout':
      return tf.layers.dropout({ rate: layer.rate });
    case 'max-pool':
      return tf.layers.maxPooling2d({
        poolSize: layer.kernel,
        strides: layer.stride,
        padding: 'same',
      });
    case 'global-average-pool':
      return tf.layers.globalAveragePooling2d({ dataFormat: 'channelsLast' });
    case 'linear':
      return tf.layers.dense({ units: layer.output.channels });
    case 'average-pool':
      return tf.layers.averagePooling2d({ poolSize: 2, strides: 2, padding: 'same' });
    case 'sigmoid':
      return tf.layers.activation({ activation: 'sigmoid' });
    case 'transposed-conv':
    case 'group-norm':
    case 'squeeze-excitation':
      throw new Error(`tfjs's layers API has no ${layer.op}.`);
  }
}

/** Shortcut A, which the layers API has no layer for. */
class PadShortcut extends tf.layers.Layer {
  private readonly stride: number;
  private readonly extraChannels: number;

  constructor({ stride, extraChannels }: { stride: number; extraChannels: number }) {
    super({});
    this.stride = stride;
    this.extraChannels = extraChannels;
  }

  static get className(): string {
    return 'PadShortcut';
  }

  override computeOutputShape(shape: (number | null)[]): (number | null)[] {
    const [batch = null, height = null, width = null, channels = null] = shape;
    const smaller = (size: number | null): number | null =>
      size === null ? null : Math.ceil(size / this.stride);
    return [batch, smaller(height), smaller(width), (channels ?? 0) + this.extraChannels];
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    return tf.tidy(() => {
      const x = (Array.isArray(inputs) ? inputs[0] : inputs) as Tensor<never>;
      const small = tf.avgPool(x, 1, this.stride, 'valid') as Tensor;
      return tf.pad(small, [
        [0, 0],
        [0, 0],
        [0, 0],
        [0, this.extraChannels],
      ]);
    });
  }
}
