// Attributes of recorded ops in graph form. Eager execution infers what a caller leaves out; a graph
// must state it.
import { failure } from '../../../shared/errors.ts';
import type { NativeAttribute } from '../tensorflow/binding.ts';
import type { GraphAttribute } from './graph.ts';
import type { RecordedNode } from './recorder.ts';

/** Type attributes that tfjs leaves to inference: attribute → the input that has the type. */
const INFERRED: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  ExpandDims: { T: 0, Tdim: 1 },
};

/** All attributes of a node. @throws failure `inexpressible-attribute` */
export function attributesOf(
  node: RecordedNode,
  kinds: AttributeKinds,
): Record<string, GraphAttribute> {
  const attributes: Record<string, GraphAttribute> = {};
  for (const [name, input] of Object.entries(INFERRED[node.op] ?? {})) {
    const type = node.inputTypes[input];
    if (type !== undefined) attributes[name] = { kind: 'type', value: type };
  }
  for (const native of node.attributes) {
    attributes[native.name] = fromNativeAttribute(native, kinds, node.op);
  }
  return attributes;
}

/**
 * An attribute as tfjs handed it to the native binding, in graph form.
 * @throws failure `inexpressible-attribute`
 */
function fromNativeAttribute(
  native: NativeAttribute,
  kinds: AttributeKinds,
  op: string,
): GraphAttribute {
  const { type, value } = native;
  const isArray = Array.isArray(value);
  const items = isArray ? (value as unknown[]) : [value];
  const every = (kind: string): boolean => items.every((item) => typeof item === kind);
  if (type === kinds.TF_ATTR_TYPE && typeof value === 'number') return { kind: 'type', value };
  if (type === kinds.TF_ATTR_SHAPE && isArray && every('number')) {
    return { kind: 'shape', value: items as number[] };
  }
  if (type === kinds.TF_ATTR_STRING && typeof value === 'string') return { kind: 'text', value };
  if (type === kinds.TF_ATTR_INT && every('number')) {
    return isArray
      ? { kind: 'ints', value: items as number[] }
      : { kind: 'int', value: value as number };
  }
  if (type === kinds.TF_ATTR_FLOAT && every('number')) {
    return isArray
      ? { kind: 'floats', value: items as number[] }
      : { kind: 'float', value: value as number };
  }
  if (type === kinds.TF_ATTR_BOOL && every('boolean')) {
    return isArray
      ? { kind: 'bools', value: items as boolean[] }
      : { kind: 'bool', value: value as boolean };
  }
  throw failure(
    'inexpressible-attribute',
    `The attribute ${native.name} of ${op} has TensorFlow attribute type ${type} with a value a recording cannot hold; it knows type, shape, string, and (lists of) int, float and bool.`,
    { details: { op, attribute: native.name, type } },
  );
}

export type AttributeKinds = Readonly<
  Record<
    | 'TF_ATTR_TYPE'
    | 'TF_ATTR_SHAPE'
    | 'TF_ATTR_STRING'
    | 'TF_ATTR_INT'
    | 'TF_ATTR_FLOAT'
    | 'TF_ATTR_BOOL',
    number
  >
>;
