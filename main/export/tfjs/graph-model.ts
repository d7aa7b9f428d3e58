// A graph as TensorFlow.js loads it in a page (`tf.loadGraphModel`): a JSON file with nodes and a manifest of
// weights, and the weights' bytes in files of at most 4 MiB, which browsers can keep.
import type { GraphAttribute, GraphNode } from '../../engine/recording/graph.ts';

const SHARD_BYTES = 4 * 1024 * 1024;

/** TensorFlow's names of its type numbers (types.proto). */
const TYPE_NAMES: Readonly<Record<number, string>> = {
  1: 'DT_FLOAT',
  3: 'DT_INT32',
  4: 'DT_UINT8',
  9: 'DT_INT64',
  10: 'DT_BOOL',
};

export interface GraphModelOptions {
  readonly nodes: readonly GraphNode[];
  readonly input: { readonly name: string; readonly shape: readonly number[] };
  /** Graph name, `node` or `node:1`. */
  readonly output: { readonly name: string; readonly source: string; readonly classes: number };
  /** What a program has to know besides; text or JSON values. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface GraphModelFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** `model.json` and its shards. */
export function graphModelFiles(options: GraphModelOptions): GraphModelFile[] {
  const { nodes, input, output, metadata } = options;
  const weights = nodes.flatMap(weightOf);
  const shards = shardsOf(weights.map(({ bytes }) => bytes));
  const names = shards.map((_, index) => `weights-${index + 1}-of-${shards.length}.bin`);
  const document = {
    format: 'graph-model',
    generatedBy: 'ResNet Lab',
    convertedBy: null,
    signature: {
      inputs: { [input.name]: end(input.name, input.shape) },
      outputs: { [output.name]: end(output.source, [-1, output.classes]) },
    },
    userDefinedMetadata: metadata,
    modelTopology: { node: nodes.map(nodeJson), library: {}, versions: { producer: 27 } },
    weightsManifest: [{ paths: names, weights: weights.map(({ entry }) => entry) }],
  };
  return [
    { name: 'model.json', bytes: new TextEncoder().encode(JSON.stringify(document)) },
    ...shards.map((bytes, index) => ({ name: names[index] ?? '', bytes })),
  ];
}

function end(source: string, shape: readonly number[]) {
  return {
    name: source.includes(':') ? source : `${source}:0`,
    dtype: 'DT_FLOAT',
    tensorShape: shapeJson(shape),
  };
}

interface Weight {
  readonly entry: {
    readonly name: string;
    readonly shape: readonly number[];
    readonly dtype: string;
  };
  readonly bytes: Uint8Array;
}

function weightOf({ name, op, attributes }: GraphNode): Weight[] {
  const { value }: { value?: GraphAttribute } = attributes;
  if (op !== 'Const' || value?.kind !== 'tensor') return [];
  const { buffer, byteOffset, byteLength } = value.values;
  return [
    {
      entry: { name, shape: value.shape, dtype: value.type },
      bytes: new Uint8Array(buffer, byteOffset, byteLength),
    },
  ];
}

/** All bytes one after the other, cut at every four mebibytes. */
function shardsOf(parts: readonly Uint8Array[]): Uint8Array[] {
  const all = Buffer.concat(parts);
  const count = Math.max(1, Math.ceil(all.byteLength / SHARD_BYTES));
  return Array.from({ length: count }, (_, index) =>
    all.subarray(index * SHARD_BYTES, (index + 1) * SHARD_BYTES),
  );
}

function nodeJson({ name, op, inputs, attributes }: GraphNode) {
  const attr = Object.fromEntries(
    Object.entries(attributes).map(([key, value]) => [key, attributeJson(value)]),
  );
  return { name, op, ...(inputs.length === 0 ? {} : { input: inputs }), attr };
}

function attributeJson(attribute: GraphAttribute): unknown {
  switch (attribute.kind) {
    case 'type':
      return { type: typeName(attribute.value) };
    case 'int':
      return { i: String(attribute.value) };
    case 'float':
      return { f: attribute.value };
    case 'bool':
      return { b: attribute.value };
    case 'text':
      return { s: Buffer.from(attribute.value).toString('base64') };
    case 'shape':
      return { shape: shapeJson(attribute.value) };
    case 'ints':
      return { list: { i: attribute.value.map(String) } };
    case 'floats':
      return { list: { f: attribute.value } };
    case 'bools':
      return { list: { b: attribute.value } };
    case 'tensor':
      // The numbers are in the manifest, under the node's name.
      return {
        tensor: {
          dtype: attribute.type === 'float32' ? 'DT_FLOAT' : 'DT_INT32',
          tensorShape: shapeJson(attribute.shape),
        },
      };
  }
}

function typeName(value: number): string {
  const name = TYPE_NAMES[value];
  if (name === undefined) throw new Error(`TensorFlow.js has no type ${value}.`);
  return name;
}

function shapeJson(shape: readonly number[]) {
  return { dim: shape.map((size) => ({ size: String(size) })) };
}
