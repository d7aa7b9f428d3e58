// Two ONNX models of one trained network: `logits` of a normalized float map, as PyTorch's exports have it, and
// `probabilities` of an image's bytes, with the normalization inside, where most exports go wrong.
import type { MapShape, NetworkPlan } from '../../zoo/plan.ts';
import type { ModelDescription, PixelNormalization } from '../model-description.ts';
import { OnnxGraph, type Stored, type Value } from './graph.ts';
import { addFlippedNetwork, addNetwork } from './network.ts';
import { ELEMENT_TYPE, encodeModel, type Dimension, type ValueMessage } from './schema.ts';

const OPSET = 17;
/** The first version that allows opset 17. */
const IR_VERSION = 8;
/** TensorProto.DataType of a cast's result. */
const CAST_TO_FLOAT = 1;

export interface OnnxOptions {
  readonly plan: NetworkPlan;
  /** By PyTorch's name, in PyTorch's layout. */
  readonly weight: (name: string) => Stored;
  readonly description: ModelDescription;
  /** Make one convolution of a convolution and the batch norm behind it: faster, equal to rounding. */
  readonly foldsBatchNorm: boolean;
}

/** `x` float32 [batch, C, H, W], normalized → `logits` float32 [batch, classes]. */
export function logitsModel(options: OnnxOptions): Uint8Array {
  const graph = new OnnxGraph();
  const { channels, height, width } = options.plan.input;
  graph.nameResult('logits', addLogits(graph, 'x', options));
  return modelBytes(graph, options, {
    input: valueOf('x', ELEMENT_TYPE.float32, [channels, height, width]),
    output: valueOf('logits', ELEMENT_TYPE.float32, [options.plan.classes]),
  });
}

/** `image` uint8 [batch, H, W, C], of the network's input size → `probabilities` float32 [batch, classes]. */
export function imageModel(options: OnnxOptions): Uint8Array {
  const graph = new OnnxGraph();
  const { channels, height, width } = options.plan.input;
  const x = addNormalization(graph, 'image', options);
  const logits = addLogits(graph, x, options);
  graph.nameResult('probabilities', graph.add('softmax', 'Softmax', [logits], { axis: 1 }));
  return modelBytes(graph, options, {
    input: valueOf('image', ELEMENT_TYPE.uint8, [height, width, channels]),
    output: valueOf('probabilities', ELEMENT_TYPE.float32, [options.plan.classes]),
  });
}

function addLogits(graph: OnnxGraph, x: Value, options: OnnxOptions): Value {
  const { plan, description } = options;
  return description.testTimeFlip
    ? addFlippedNetwork(graph, plan, x, options)
    : addNetwork(graph, plan, x, options);
}

/** (pixel / 255 − mean) / deviation, from bytes [N, H, W, C] to a map [N, C, H, W]. */
function addNormalization(
  graph: OnnxGraph,
  image: Value,
  { plan, description }: OnnxOptions,
): Value {
  const pixels = graph.add('normalize', 'Cast', [image], { to: CAST_TO_FLOAT });
  const map = graph.add('normalize', 'Transpose', [pixels], { perm: [0, 3, 1, 2] });
  const { deviation } = description.normalization;
  const perChannel = (values: readonly number[]): Value =>
    graph.constant('normalize/channels', {
      shape: [1, values.length, 1, 1],
      values: Float32Array.from(values),
    });
  const scaled = graph.add('normalize', 'Mul', [
    map,
    perChannel(deviation.map((d) => 1 / (255 * d))),
  ]);
  return graph.add('normalize', 'Sub', [
    scaled,
    graph.constant('normalize/mean', subtracted(description.normalization, plan.input)),
  ]);
}

/** mean / deviation, per channel or per pixel and channel. */
function subtracted(
  { mean, deviation, meanImage }: PixelNormalization,
  { height, width, channels }: MapShape,
): Stored {
  const share = (value: number | undefined, c: number): number =>
    (value ?? NaN) / (deviation[c] ?? NaN);
  if (meanImage === undefined) {
    return { shape: [1, channels, 1, 1], values: Float32Array.from(mean, share) };
  }
  const pixels = height * width;
  const values = new Float32Array(channels * pixels);
  for (let c = 0; c < channels; c++) {
    for (let p = 0; p < pixels; p++) values[c * pixels + p] = share(meanImage[p * channels + c], c);
  }
  return { shape: [1, channels, height, width], values };
}

function valueOf(name: string, elemType: number, sizes: readonly number[]): ValueMessage {
  const dim: Dimension[] = [
    { dimParam: 'batch' },
    ...sizes.map((dimValue): Dimension => ({ dimValue })),
  ];
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}

function modelBytes(
  graph: OnnxGraph,
  { description }: OnnxOptions,
  ends: { readonly input: ValueMessage; readonly output: ValueMessage },
): Uint8Array {
  return encodeModel({
    irVersion: IR_VERSION,
    opsetImport: [{ domain: '', version: OPSET }],
    producerName: 'ResNet Lab',
    producerVersion: description.appVersion,
    docString: description.network,
    graph: {
      name: description.network,
      node: graph.nodes,
      initializer: graph.initializers,
      input: [ends.input],
      output: [ends.output],
    },
    metadataProps: Object.entries(metadataOf(description)).map(([key, value]) => ({ key, value })),
  });
}

/** What a program has to know to use the model, as text; lists are JSON. */
function metadataOf(description: ModelDescription): Record<string, string> {
  const { normalization, input, run } = description;
  return {
    classes: JSON.stringify(description.classes),
    input_size: JSON.stringify([input.height, input.width, input.channels]),
    color_order: input.channels === 1 ? 'grey' : 'RGB',
    resize: description.resize,
    ...(normalization.meanImage === undefined
      ? { mean: JSON.stringify(normalization.mean) }
      : { mean: 'an image, subtracted pixel by pixel' }),
    std: JSON.stringify(normalization.deviation),
    test_time_flip: String(description.testTimeFlip),
    ...(run === undefined
      ? {}
      : { run: run.id, step: String(run.step), data_fingerprint: run.dataFingerprint }),
  };
}
