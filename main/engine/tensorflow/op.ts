// Runs a TensorFlow op by name, for ops that tfjs has no function for or whose gradient it composes
// from many. Works eagerly and under a recorder alike.
import { currentBinding, handleOf, tensorFrom, type Tensor } from './library.ts';
import { TYPE_NUMBER, type ElementType, type NativeAttribute } from './binding.ts';

export type Attribute =
  | { readonly kind: 'type'; readonly value: ElementType }
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'text'; readonly value: string };

export type Attributes = Readonly<Record<string, Attribute>>;

export const type = (value: ElementType): Attribute => ({ kind: 'type', value });
export const int = (value: number): Attribute => ({ kind: 'int', value });
export const ints = (value: readonly number[]): Attribute => ({ kind: 'ints', value });
export const float = (value: number): Attribute => ({ kind: 'float', value });
export const bool = (value: boolean): Attribute => ({ kind: 'bool', value });
export const text = (value: string): Attribute => ({ kind: 'text', value });

/** Runs an op with several outputs. */
export function runOp(
  name: string,
  attributes: Attributes,
  inputs: readonly Tensor[],
  outputCount: number,
): Tensor[] {
  const native = currentBinding();
  const converted = Object.entries(attributes).map(([key, value]) => toNative(key, value));
  return native.executeOp(name, converted, inputs.map(handleOf), outputCount).map(tensorFrom);
}

/** Runs an op with one output. */
export function op(name: string, attributes: Attributes, inputs: readonly Tensor[]): Tensor {
  const [output] = runOp(name, attributes, inputs, 1);
  if (!output) throw new Error(`${name} returned nothing.`);
  return output;
}

function toNative(name: string, attribute: Attribute): NativeAttribute {
  const native = currentBinding();
  switch (attribute.kind) {
    case 'type':
      return { name, type: native.TF_ATTR_TYPE, value: TYPE_NUMBER[attribute.value] };
    case 'int':
    case 'ints':
      return { name, type: native.TF_ATTR_INT, value: attribute.value };
    case 'float':
      return { name, type: native.TF_ATTR_FLOAT, value: attribute.value };
    case 'bool':
      return { name, type: native.TF_ATTR_BOOL, value: attribute.value };
    case 'text':
      return { name, type: native.TF_ATTR_STRING, value: attribute.value };
  }
}
