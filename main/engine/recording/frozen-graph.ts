// A function as one graph in which the state is constants, for programs that know nothing of this one: a
// TensorFlow SavedModel, a TensorFlow.js graph model. The number of examples in a batch is left open.
import { binding, handleOf, tf, type Tensor } from '../tensorflow/library.ts';
import { createTensor } from '../tensorflow/handles.ts';
import { TYPE_NUMBER } from '../tensorflow/binding.ts';
import { attributesOf } from './attributes.ts';
import { Graph, type GraphAttribute, type GraphNode } from './graph.ts';
import type { ProgramFunction } from './program.ts';
import { record } from './recorder.ts';

/** Float32 values that the graph holds. */
export interface FrozenState {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export interface FrozenGraph {
  readonly nodes: readonly GraphNode[];
  /** Output → graph name, `node` or `node:1`. */
  readonly outputs: ReadonlyMap<string, string>;
}

/** Two numbers of examples: where they differ in two recordings, the number stands. */
const BATCHES = [2, 3] as const;
/** A dimension whose size is not known. */
const OPEN = -1;

/**
 * @param functionFor the function for a batch of so many examples, which is the first dimension of its feeds;
 * all of them float32
 * @param state all that it asks for
 */
export function recordFrozen(
  functionFor: (batch: number) => ProgramFunction,
  state: readonly FrozenState[],
): FrozenGraph {
  const [two, three] = BATCHES.map((batch) => recordOnce(functionFor(batch), state));
  if (!two || !three) throw new Error('A frozen graph is recorded twice.');
  return { outputs: two.outputs, nodes: withOpenBatch(two.nodes, three.nodes) };
}

function recordOnce(fn: ProgramFunction, state: readonly FrozenState[]): FrozenGraph {
  const graph = new Graph();
  const outputs = new Map<string, string>();
  tf.tidy(() => {
    const known = new Map<number, { name: string; type: number }>();
    const stand = ({ shape, values }: Omit<FrozenState, 'name'>, name: string): Tensor => {
      const tensor = createTensor('float32', shape, values);
      known.set(handleOf(tensor), { name, type: TYPE_NUMBER.float32 });
      return tensor;
    };
    const weights = new Map(
      state.map((entry) => {
        const node = graph.addConstant(`weights/${entry.name}`, { type: 'float32', ...entry });
        return [entry.name, stand(entry, node)];
      }),
    );
    const feeds = new Map(
      fn.feeds.map(({ name, shape }) => {
        const values = new Float32Array(shape.reduce((product, size) => product * size, 1));
        return [name, stand({ shape, values }, addPlaceholder(graph, name, shape))];
      }),
    );
    const { result, recording } = record({ scope: fn.name, known }, () => {
      const made = fn.body({
        state: (name) => tensorOf(weights, name),
        feed: (name) => tensorOf(feeds, name),
      });
      Object.values(made.outputs).forEach(handleOf);
      return made;
    });
    for (const constant of recording.constants) graph.addConstant(constant.name, constant);
    for (const node of recording.nodes) {
      const { name, op, inputs } = node;
      graph.add({ name, op, inputs, attributes: attributesOf(node, binding) });
    }
    for (const [name, tensor] of Object.entries(result.outputs)) {
      outputs.set(name, recording.nameOf(handleOf(tensor)));
    }
  });
  return { nodes: graph.reachableFrom([...outputs.values()]), outputs };
}

function addPlaceholder(graph: Graph, name: string, shape: readonly number[]): string {
  return graph.add({
    name,
    op: 'Placeholder',
    inputs: [],
    attributes: {
      dtype: { kind: 'type', value: TYPE_NUMBER.float32 },
      shape: { kind: 'shape', value: [OPEN, ...shape.slice(1)] },
    },
  });
}

function tensorOf(tensors: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const tensor = tensors.get(name);
  if (!tensor) throw new Error(`The frozen function asked for ${name}, which it does not have.`);
  return tensor;
}

/**
 * One recording, with open sizes where shapes differ from the other's. Constants are compared where they are
 * used, because each recording shares equal ones in its own way.
 */
function withOpenBatch(nodes: readonly GraphNode[], others: readonly GraphNode[]): GraphNode[] {
  const constants = new Map(nodes.filter(isConstant).map((node) => [node.name, node]));
  const otherConstants = new Map(others.filter(isConstant).map((node) => [node.name, node]));
  const otherOps = others.filter((node) => !isConstant(node));
  const opened = new Map<string, GraphNode>();
  const ops = nodes
    .filter((node) => !isConstant(node))
    .map((node, index): GraphNode => {
      const other = otherOps[index];
      if (other?.op !== node.op) throw new Error('A frozen graph depends on the batch size.');
      const inputs = node.inputs.map((input, place) => {
        const constant = constants.get(input);
        const twin = otherConstants.get(other.inputs[place] ?? '');
        if (!constant || !twin) return input;
        const open = openWhereDifferent(constant, twin);
        if (open === constant) return input;
        if (node.op !== 'Reshape') {
          throw new Error(`${node.name} (${node.op}) depends on the batch size.`);
        }
        opened.set(open.name, open);
        return open.name;
      });
      return { ...node, inputs };
    });
  const used = new Set(ops.flatMap(({ inputs }) => inputs));
  return [
    ...[...constants.values()].filter(({ name }) => used.has(name)),
    ...opened.values(),
    ...ops,
  ];
}

const isConstant = ({ op }: GraphNode): boolean => op === 'Const';

function openWhereDifferent(constant: GraphNode, twin: GraphNode): GraphNode {
  const value = tensorAttribute(constant);
  const other = tensorAttribute(twin);
  if (value.type !== 'int32' || value.values.every((size, i) => size === other.values[i])) {
    return constant;
  }
  const values = Int32Array.from(value.values, (size, i) =>
    size === other.values[i] ? size : OPEN,
  );
  return {
    ...constant,
    name: `${constant.name}/open`,
    attributes: { ...constant.attributes, value: { ...value, values } },
  };
}

function tensorAttribute({ name, attributes }: GraphNode) {
  const { value }: { value?: GraphAttribute } = attributes;
  if (value?.kind !== 'tensor') throw new Error(`${name} is a constant without a value.`);
  return value;
}
