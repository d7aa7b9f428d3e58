// An ONNX graph under construction: nodes with named results, and constants. Maps are NCHW, as ONNX has them.
import type { MapShape } from '../../zoo/plan.ts';
import {
  ATTRIBUTE_TYPE,
  ELEMENT_TYPE,
  type AttributeMessage,
  type NodeMessage,
  type TensorMessage,
} from './schema.ts';

/** The name of a tensor in the graph. */
export type Value = string;

export type Attributes = Readonly<
  Record<string, number | readonly number[] | string | { readonly float: number }>
>;

/** A stored tensor: its sizes and its numbers, row-major. */
export interface Stored {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export class OnnxGraph {
  readonly nodes: NodeMessage[] = [];
  readonly initializers: TensorMessage[] = [];
  private readonly names = new Map<string, number>();

  /** Adds a node with one result. Its name begins with `at`, the layer that it computes. */
  add(at: string, opType: string, input: readonly Value[], attributes: Attributes = {}): Value {
    const [value] = this.addMany(at, opType, { input, results: 1, attributes });
    if (value === undefined) throw new Error(`${opType} has no result.`);
    return value;
  }

  /** Adds a node with several results. */
  addMany(
    at: string,
    opType: string,
    parts: {
      readonly input: readonly Value[];
      readonly results: number;
      readonly attributes?: Attributes;
    },
  ): Value[] {
    const name = this.fresh(`${at}/${opType}`);
    const output = Array.from({ length: parts.results }, (_, index) =>
      index === 0 ? name : `${name}:${index}`,
    );
    this.nodes.push({
      name,
      opType,
      input: parts.input,
      output,
      attribute: Object.entries(parts.attributes ?? {}).map(([key, value]) =>
        attributeOf(key, value),
      ),
    });
    return output;
  }

  /** Gives a result the name by which the model is asked for it. */
  nameResult(name: string, value: Value): void {
    this.nodes.push({
      name: this.fresh(name),
      opType: 'Identity',
      input: [value],
      output: [name],
      attribute: [],
    });
  }

  /** A constant of float32. Its name is free to be the weight's. */
  constant(name: string, { shape, values }: Stored): Value {
    return this.store(name, {
      dims: shape,
      dataType: ELEMENT_TYPE.float32,
      rawData: bytesOf(values),
    });
  }

  /** A single float32 number, of no dimension. */
  scalar(at: string, value: number): Value {
    return this.constant(`${at}/scalar`, { shape: [], values: Float32Array.of(value) });
  }

  /** A vector of int64, as shapes, axes and paddings are. */
  integers(at: string, values: readonly number[]): Value {
    return this.store(`${at}/integers`, {
      dims: [values.length],
      dataType: ELEMENT_TYPE.int64,
      rawData: bytesOf(BigInt64Array.from(values, (value) => BigInt(value))),
    });
  }

  private store(name: string, tensor: Omit<TensorMessage, 'name'>): Value {
    const value = this.fresh(name);
    this.initializers.push({ name: value, ...tensor });
    return value;
  }

  private fresh(name: string): string {
    const count = this.names.get(name) ?? 0;
    this.names.set(name, count + 1);
    return count === 0 ? name : `${name}#${count}`;
  }
}

/** The number of pixels of a map is known, the number of images is not. */
export const anyBatch = ({ channels, height, width }: MapShape): number[] => [
  0,
  channels,
  height,
  width,
];

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | BigInt64Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function attributeOf(name: string, value: Attributes[string]): AttributeMessage {
  if (typeof value === 'number') return { name, type: ATTRIBUTE_TYPE.int, i: value };
  if (typeof value === 'string') {
    return { name, type: ATTRIBUTE_TYPE.text, s: new TextEncoder().encode(value) };
  }
  if ('float' in value) return { name, type: ATTRIBUTE_TYPE.float, f: value.float };
  return { name, type: ATTRIBUTE_TYPE.ints, ints: value };
}
