// The weights of a planned network: names and layouts in PyTorch's convention and in the engine's,
// with their initial distribution. The list's order is that of the layers.
import { layersOf, type Layer, type NetworkPlan } from './plan.ts';

export type WeightRole = 'kernel' | 'scale' | 'shift' | 'matrix' | 'bias' | 'mean' | 'variance';

/** How a weight starts before training. */
export type Initial =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'normal'; readonly deviation: number }
  | { readonly kind: 'uniform'; readonly bound: number };

export interface Weight {
  /** PyTorch's name: `layer1.0.conv1.weight`, `layer1.0.bn1.running_mean`, `fc.bias`. */
  readonly name: string;
  /** Stem, block or head that owns it. */
  readonly unit: string;
  readonly role: WeightRole;
  /** Trained by the optimizer; otherwise a batch-norm statistic. */
  readonly trained: boolean;
  /** In a weight file: OIHW kernels, [out, in] matrices. */
  readonly fileShape: readonly number[];
  /** In the engine: HWIO kernels, [in, out] matrices. */
  readonly shape: readonly number[];
  readonly initial: Initial;
}

/** Every trained parameter and statistic of the network. */
export function weightsOf(plan: NetworkPlan): Weight[] {
  const weights: Weight[] = [];
  for (const { unit, layer } of layersOf(plan)) weights.push(...weightsOfLayer(layer, unit));
  return weights;
}

/** The number of trained scalars in a layer. */
export function parameterCount(layer: Layer): number {
  return countScalars(layer, true);
}

/** The number of running means and variances in a layer. */
export function statisticCount(layer: Layer): number {
  return countScalars(layer, false);
}

function countScalars(layer: Layer, trained: boolean): number {
  return weightsOfLayer(layer, '')
    .filter((weight) => weight.trained === trained)
    .reduce((sum, weight) => sum + sizeOf(weight.shape), 0);
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function weightsOfLayer(layer: Layer, unit: string): Weight[] {
  switch (layer.op) {
    case 'conv':
      return convWeights(layer, unit);
    case 'transposed-conv':
      return [transposedKernel(layer, unit)];
    case 'norm':
    case 'group-norm':
      return normWeights(layer, unit);
    case 'squeeze-excitation': {
      const wide = layer.input.channels;
      const narrow = layer.reduced;
      return [
        excitation(`${layer.name}.fc1`, { unit, inner: wide, outer: narrow }),
        biasOf(`${layer.name}.fc1`, { unit, size: narrow, value: 0 }),
        excitation(`${layer.name}.fc2`, { unit, inner: narrow, outer: wide }),
        biasOf(`${layer.name}.fc2`, { unit, size: wide, value: 0 }),
      ];
    }
    case 'linear':
      return linearWeights(layer, unit);
    case 'relu':
    case 'sigmoid':
    case 'dropout':
    case 'max-pool':
    case 'average-pool':
    case 'global-average-pool':
      return [];
  }
}

type LayerOf<Op extends Layer['op']> = Extract<Layer, { op: Op }>;

function convWeights(layer: LayerOf<'conv'>, unit: string): Weight[] {
  const { name, kernel: k, groups, bias } = layer;
  const inner = layer.input.channels / groups;
  const outer = layer.output.channels;
  return [
    kernelOf(name, {
      unit,
      fileShape: [outer, inner, k, k],
      shape: [k, k, inner, outer],
      // He initialization over the fan-out as torchvision and the Torch releases of ResNet and
      // ResNeXt count it: all output channels, also when the convolution is grouped.
      deviation: Math.sqrt(2 / (k * k * outer)),
    }),
    ...(bias === undefined ? [] : [biasOf(name, { unit, size: outer, value: bias })]),
  ];
}

function transposedKernel(layer: LayerOf<'transposed-conv'>, unit: string): Weight {
  const { name, kernel: k, stride } = layer;
  const inner = layer.input.channels;
  const outer = layer.output.channels;
  return kernelOf(name, {
    unit,
    // PyTorch's ConvTranspose2d has the input's channels first.
    fileShape: [inner, outer, k, k],
    shape: [k, k, outer, inner],
    // He initialization: k²/s² pixels of each input channel meet in an output pixel.
    deviation: Math.sqrt((2 * stride ** 2) / (k * k * inner)),
  });
}

function normWeights(layer: LayerOf<'norm' | 'group-norm'>, unit: string): Weight[] {
  const shape = [layer.output.channels];
  const weight = (suffix: string, role: WeightRole, trained: boolean, value: number): Weight => ({
    ...{ name: `${layer.name}.${suffix}`, unit, role, trained, fileShape: shape, shape },
    initial: { kind: 'constant', value },
  });
  return [
    weight('weight', 'scale', true, layer.zeroInit ? 0 : 1),
    weight('bias', 'shift', true, 0),
    ...(layer.op === 'norm'
      ? [weight('running_mean', 'mean', false, 0), weight('running_var', 'variance', false, 1)]
      : []),
  ];
}

function linearWeights(layer: LayerOf<'linear'>, unit: string): Weight[] {
  const inner = layer.input.channels;
  const outer = layer.output.channels;
  return [
    {
      ...{ name: `${layer.name}.weight`, unit, role: 'matrix', trained: true },
      fileShape: [outer, inner],
      shape: [inner, outer],
      // Torch's and PyTorch's default; the zero bias is the authors' Torch release's.
      initial: { kind: 'uniform', bound: 1 / Math.sqrt(inner) },
    },
    biasOf(layer.name, { unit, size: outer, value: 0 }),
  ];
}

/** Of a convolution, drawn around 0. */
function kernelOf(
  name: string,
  at: Pick<Weight, 'unit' | 'fileShape' | 'shape'> & { deviation: number },
): Weight {
  const { unit, fileShape, shape, deviation } = at;
  return {
    ...{ name: `${name}.weight`, unit, role: 'kernel', trained: true, fileShape, shape },
    initial: { kind: 'normal', deviation },
  };
}

function biasOf(name: string, at: { unit: string; size: number; value: number }): Weight {
  return {
    name: `${name}.bias`,
    unit: at.unit,
    role: 'bias',
    trained: true,
    fileShape: [at.size],
    shape: [at.size],
    initial: { kind: 'constant', value: at.value },
  };
}

/** timm writes these matrices as 1×1 convolutions, and starts them like those. */
function excitation(name: string, at: { unit: string; inner: number; outer: number }): Weight {
  const { unit, inner, outer } = at;
  return {
    name: `${name}.weight`,
    unit,
    role: 'matrix',
    trained: true,
    fileShape: [outer, inner, 1, 1],
    shape: [inner, outer],
    initial: { kind: 'normal', deviation: Math.sqrt(2 / outer) },
  };
}
