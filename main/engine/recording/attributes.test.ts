import { expect, test } from 'vitest';
import { attributesOf, type AttributeKinds } from './attributes.ts';
import type { RecordedNode } from './recorder.ts';

const KINDS: AttributeKinds = {
  TF_ATTR_STRING: 0,
  TF_ATTR_INT: 1,
  TF_ATTR_FLOAT: 2,
  TF_ATTR_BOOL: 3,
  TF_ATTR_TYPE: 4,
  TF_ATTR_SHAPE: 5,
};

function node(op: string, attributes: RecordedNode['attributes']): RecordedNode {
  return {
    name: 'f/x',
    op,
    attributes,
    inputs: ['a', 'b'],
    inputTypes: [1, 3],
    placement: 'anywhere',
    keepsFloat32: false,
    outputs: [],
  };
}

test('every kind of attribute keeps its value', () => {
  const attributes = attributesOf(
    node('Any', [
      { name: 'text', type: 0, value: 'NHWC' },
      { name: 'int', type: 1, value: 3 },
      { name: 'ints', type: 1, value: [1, 2] },
      { name: 'float', type: 2, value: 0.5 },
      { name: 'floats', type: 2, value: [0.5] },
      { name: 'bool', type: 3, value: true },
      { name: 'type', type: 4, value: 1 },
      { name: 'shape', type: 5, value: [2, 3] },
    ]),
    KINDS,
  );
  expect(attributes).toEqual({
    text: { kind: 'text', value: 'NHWC' },
    int: { kind: 'int', value: 3 },
    ints: { kind: 'ints', value: [1, 2] },
    float: { kind: 'float', value: 0.5 },
    floats: { kind: 'floats', value: [0.5] },
    bool: { kind: 'bool', value: true },
    type: { kind: 'type', value: 1 },
    shape: { kind: 'shape', value: [2, 3] },
  });
});

test('types that eager execution infers are stated', () => {
  expect(attributesOf(node('ExpandDims', []), KINDS)).toEqual({
    T: { kind: 'type', value: 1 },
    Tdim: { kind: 'type', value: 3 },
  });
});

test('an attribute that a graph cannot hold is named', () => {
  expect(() => attributesOf(node('Print', [{ name: 'data', type: 9, value: {} }]), KINDS)).toThrow(
    'The attribute data of Print has TensorFlow attribute type 9',
  );
});
