// The layers of a planned network as ONNX nodes, in inference. What each computes is said in main/zoo/plan.ts;
// the engine's own form of it is main/engine/network/forward.ts.
import { inputError } from '../../../shared/errors.ts';
import type { ConvLayer, Layer, NormLayer } from '../../zoo/plan.ts';
import { foldBatchNorm, type BatchNormValues } from '../fold-batch-norm.ts';
import { NORM_EPSILON } from '../../zoo/norm-epsilon.ts';
import { anyBatch, type OnnxGraph, type Stored, type Value } from './graph.ts';

export interface LayerOptions {
  /** By PyTorch's name, in PyTorch's layout. */
  readonly weight: (name: string) => Stored;
  /** Make one convolution of a convolution and the batch norm behind it. */
  readonly foldsBatchNorm: boolean;
}

/**
 * Applies layers in order. A factor scales the output; as in the engine it goes into the last layer's
 * weights where it has any.
 */
export function applyLayers(
  graph: OnnxGraph,
  layers: readonly Layer[],
  input: Value,
  options: LayerOptions & { readonly factor?: number },
): Value {
  const { factor = 1, ...plain } = options;
  let h = input;
  for (let index = 0; index < layers.length; index++) {
    const layer = layers[index];
    if (!layer) break;
    const next = layers[index + 1];
    const isFolded = options.foldsBatchNorm && layer.op === 'conv' && next?.op === 'norm';
    const last = isFolded ? index + 1 : index;
    const context = { ...plain, factor: last === layers.length - 1 ? factor : 1 };
    if (isFolded) {
      h = foldedConvolution(graph, { layer, norm: next }, h, context);
      index = last;
    } else {
      h = applyLayer(graph, layer, h, context);
    }
  }
  return h;
}

interface LayerContext extends LayerOptions {
  /** Of the residual branch: how often its block takes part in training. */
  readonly factor: number;
}

function applyLayer(graph: OnnxGraph, layer: Layer, x: Value, context: LayerContext): Value {
  const { weight, factor } = context;
  switch (layer.op) {
    case 'conv': {
      const kernel = scaled(weight(`${layer.name}.weight`), factor);
      const bias = layer.bias === undefined ? undefined : weight(`${layer.name}.bias`);
      return convolution(graph, layer, x, { kernel: kernel.values, bias: bias?.values });
    }
    case 'norm':
      return batchNormalization(graph, layer, x, context);
    case 'group-norm':
      return groupNormalization(graph, layer, x, context);
    case 'relu':
      return multiplied(graph, graph.add('relu', 'Relu', [x]), factor);
    case 'sigmoid':
      return multiplied(graph, graph.add('sigmoid', 'Sigmoid', [x]), factor);
    case 'squeeze-excitation':
      return squeezeExcitation(graph, layer, x, context);
    case 'transposed-conv':
      throw inputError(
        'not-exportable',
        `${layer.name} is a transposed convolution of an autoencoder, whose ONNX form nobody has checked. Export a classifier, or take the weights as safetensors.`,
        { details: { layer: layer.name } },
      );
    case 'dropout':
      return x;
    case 'max-pool': {
      const { kernel, stride, padding } = layer;
      return graph.add('maxpool', 'MaxPool', [x], {
        kernel_shape: [kernel, kernel],
        strides: [stride, stride],
        pads: [padding, padding, padding, padding],
      });
    }
    case 'average-pool':
      return graph.add('avgpool', 'AveragePool', [x], {
        kernel_shape: [layer.kernel, layer.kernel],
        strides: [layer.stride, layer.stride],
        auto_pad: 'SAME_UPPER',
        count_include_pad: 0,
      });
    case 'global-average-pool': {
      const mean = graph.add('avgpool', 'GlobalAveragePool', [x]);
      return graph.add('avgpool', 'Flatten', [mean], { axis: 1 });
    }
    case 'linear': {
      const matrix = graph.constant(`${layer.name}.weight`, weight(`${layer.name}.weight`));
      const bias = graph.constant(`${layer.name}.bias`, weight(`${layer.name}.bias`));
      return graph.add(layer.name, 'Gemm', [x, matrix, bias], { transB: 1 });
    }
  }
}

function convolution(
  graph: OnnxGraph,
  layer: ConvLayer,
  x: Value,
  values: { readonly kernel: Float32Array; readonly bias: Float32Array | undefined },
): Value {
  const { name, kernel: size, stride, padding, groups, dilation } = layer;
  const outputs = layer.output.channels;
  const kernel = graph.constant(`${name}.weight`, {
    shape: [outputs, layer.input.channels / groups, size, size],
    values: values.kernel,
  });
  const bias =
    values.bias && graph.constant(`${name}.bias`, { shape: [outputs], values: values.bias });
  return graph.add(name, 'Conv', bias === undefined ? [x, kernel] : [x, kernel, bias], {
    kernel_shape: [size, size],
    strides: [stride, stride],
    pads: [padding, padding, padding, padding],
    dilations: [dilation, dilation],
    group: groups,
  });
}

function batchNormalization(
  graph: OnnxGraph,
  { name }: NormLayer,
  x: Value,
  { weight, factor }: LayerContext,
): Value {
  const constant = (suffix: string, factor = 1): Value =>
    graph.constant(`${name}.${suffix}`, scaled(weight(`${name}.${suffix}`), factor));
  return graph.add(
    name,
    'BatchNormalization',
    [
      x,
      constant('weight', factor),
      constant('bias', factor),
      constant('running_mean'),
      constant('running_var'),
    ],
    { epsilon: { float: NORM_EPSILON } },
  );
}

function foldedConvolution(
  graph: OnnxGraph,
  { layer, norm }: { readonly layer: ConvLayer; readonly norm: NormLayer },
  x: Value,
  { weight, factor }: LayerContext,
): Value {
  const values: BatchNormValues = {
    scale: scaled(weight(`${norm.name}.weight`), factor).values,
    shift: scaled(weight(`${norm.name}.bias`), factor).values,
    mean: weight(`${norm.name}.running_mean`).values,
    variance: weight(`${norm.name}.running_var`).values,
  };
  const kernel = weight(`${layer.name}.weight`).values;
  const bias = layer.bias === undefined ? undefined : weight(`${layer.name}.bias`).values;
  return convolution(graph, layer, x, foldBatchNorm(kernel, bias, values));
}

/** ONNX has an op of its own from opset 18 on; until then it is an instance norm over grouped channels. */
function groupNormalization(
  graph: OnnxGraph,
  layer: Extract<Layer, { op: 'group-norm' }>,
  x: Value,
  { weight, factor }: LayerContext,
): Value {
  const { name, groups, output } = layer;
  const perGroup = (value: number): Value =>
    graph.constant(`${name}/group`, {
      shape: [groups],
      values: new Float32Array(groups).fill(value),
    });
  const perChannel = (suffix: string): Value =>
    graph.constant(`${name}.${suffix}`, {
      shape: [1, output.channels, 1, 1],
      values: scaled(weight(`${name}.${suffix}`), factor).values,
    });
  const grouped = graph.add(name, 'Reshape', [x, graph.integers(name, [0, groups, -1])]);
  const normal = graph.add(name, 'InstanceNormalization', [grouped, perGroup(1), perGroup(0)], {
    epsilon: { float: NORM_EPSILON },
  });
  const map = graph.add(name, 'Reshape', [normal, graph.integers(name, anyBatch(output))]);
  const stretched = graph.add(name, 'Mul', [map, perChannel('weight')]);
  return graph.add(name, 'Add', [stretched, perChannel('bias')]);
}

function squeezeExcitation(
  graph: OnnxGraph,
  layer: Extract<Layer, { op: 'squeeze-excitation' }>,
  x: Value,
  { weight, factor }: LayerContext,
): Value {
  const { name, reduced } = layer;
  const { channels } = layer.input;
  const onePixel = (part: string, input: Value, from: number, to: number): Value =>
    graph.add(`${name}.${part}`, 'Conv', [
      input,
      graph.constant(`${name}.${part}.weight`, {
        shape: [to, from, 1, 1],
        values: weight(`${name}.${part}.weight`).values,
      }),
      graph.constant(`${name}.${part}.bias`, weight(`${name}.${part}.bias`)),
    ]);
  const means = graph.add(name, 'GlobalAveragePool', [x]);
  const narrow = graph.add(name, 'Relu', [onePixel('fc1', means, channels, reduced)]);
  const shares = graph.add(name, 'Sigmoid', [onePixel('fc2', narrow, reduced, channels)]);
  return graph.add(name, 'Mul', [x, multiplied(graph, shares, factor)]);
}

/** Without a node where there is nothing to do. */
export function multiplied(graph: OnnxGraph, value: Value, factor: number): Value {
  return factor === 1 ? value : graph.add('factor', 'Mul', [value, graph.scalar('factor', factor)]);
}

function scaled({ shape, values }: Stored, factor: number): Stored {
  return factor === 1 ? { shape, values } : { shape, values: values.map((v) => v * factor) };
}
