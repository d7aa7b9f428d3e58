// A fetchable node that completes after others: the binding can fetch outputs only, and what changes
// state has none.
import { TYPE_NUMBER } from '../tensorflow/binding.ts';
import type { Graph } from './graph.ts';

export function addToken(graph: Graph, name: string, after: readonly string[]): string {
  const one = graph.addConstant(
    `${name}/token`,
    { type: 'int32', shape: [], values: new Int32Array([1]) },
    'host',
  );
  return graph.add({
    name,
    op: 'Identity',
    inputs: [one, ...after.map((node) => `^${node}`)],
    attributes: { T: { kind: 'type', value: TYPE_NUMBER.int32 } },
    placement: 'host',
  });
}
