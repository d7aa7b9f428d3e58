// Turns a program into one TensorFlow graph and runs its functions as single native session calls.
// State becomes resource variables, so nothing but feeds and fetched outputs crosses the binding.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { binding, handleOf, proto, tf, type Tensor } from '../tensorflow/library.ts';
import { createTensor } from '../tensorflow/handles.ts';
import { openSession, type Feed, type Session } from '../tensorflow/session.ts';
import { TYPE_NUMBER, type ElementType, type TensorValues } from '../tensorflow/binding.ts';
import type { SignatureDef, TensorInfo } from '../tensorflow/proto.ts';
import { Graph, toGraphDef, toShape, type GraphNode } from './graph.ts';
import { attributesOf } from './attributes.ts';
import { record, type Recording } from './recorder.ts';
import type {
  FeedSpec,
  HostValue,
  Program,
  ProgramFunction,
  ProgramSpec,
  RunRequest,
  StateSpec,
  Update,
} from './program.ts';

export interface RecordedProgram extends Program {
  /** What was recorded, after dropping what no output needs; for dumps and op histograms. */
  readonly nodes: readonly GraphNode[];
}

interface OutputFacts {
  /** Graph name, `node` or `node:1`. */
  readonly source: string;
  readonly shape: readonly number[];
  readonly type: ElementType;
}

interface RecordedFunction {
  readonly feeds: readonly FeedSpec[];
  readonly outputs: ReadonlyMap<string, OutputFacts>;
  /** Fetching it applies the updates; undefined if there are none. */
  readonly updated: string | undefined;
}

/**
 * Runs every function once on zeros, eagerly, and writes what happened as one graph. The state of
 * the session is undefined until `write` has given every entry a value.
 */
export function recordProgram(spec: ProgramSpec): RecordedProgram {
  const graph = new Graph();
  for (const state of spec.state) addState(graph, state);
  const functions = new Map<string, RecordedFunction>();
  for (const fn of spec.functions) {
    // A tidy scope each: one function's intermediate tensors are gone before the next records.
    functions.set(fn.name, recordFunction(graph, spec.state, fn));
  }
  const roots = [
    ...spec.state.flatMap(({ name }) => [readNode(name), writtenNode(name)]),
    ...[...functions.entries()].flatMap(([name, fn]) => [
      ...fn.feeds.map((feed) => feedNode(name, feed.name)),
      ...[...fn.outputs.values()].map((output) => output.source),
      ...(fn.updated === undefined ? [] : [fn.updated]),
    ]),
  ];
  const nodes = graph.reachableFrom(roots);
  const session = loadGraph(nodes, functions);
  return new SessionProgram(spec, functions, nodes, session);
}

class SessionProgram implements RecordedProgram {
  readonly nodes: readonly GraphNode[];
  private readonly functions: ReadonlyMap<string, RecordedFunction>;
  private readonly state: ReadonlyMap<string, StateSpec>;
  private readonly session: Session;

  constructor(
    spec: ProgramSpec,
    functions: ReadonlyMap<string, RecordedFunction>,
    nodes: readonly GraphNode[],
    session: Session,
  ) {
    this.nodes = nodes;
    this.functions = functions;
    this.state = new Map(spec.state.map((state) => [state.name, state]));
    this.session = session;
  }

  run(name: string, request: RunRequest): Record<string, HostValue> {
    const fn = this.functions.get(name);
    if (!fn) throw new Error(`The program has no function ${name}.`);
    const feeds = fn.feeds.map((feed): Feed => {
      const values = request.feeds[feed.name];
      if (!values) throw new Error(`${name} needs the feed ${feed.name}.`);
      return { node: feedNode(name, feed.name), type: feed.type, shape: feed.shape, values };
    });
    const sources = request.outputs.map((output) => {
      const facts = fn.outputs.get(output);
      if (!facts) throw new Error(`${name} has no output ${output}.`);
      return facts.source;
    });
    if (request.update && fn.updated !== undefined) sources.push(fn.updated);
    const fetched = this.session.run(feeds, sources);
    const results: Record<string, HostValue> = {};
    request.outputs.forEach((output, index) => {
      const value = fetched[index];
      if (value) results[output] = value;
    });
    return results;
  }

  write(values: ReadonlyMap<string, TensorValues>): void {
    const feeds = [...values].map(([name, array]): Feed => {
      const state = this.state.get(name);
      if (!state) throw new Error(`The program has no state ${name}.`);
      return { node: valueNode(name), type: state.type, shape: state.shape, values: array };
    });
    this.session.run(
      feeds,
      [...values.keys()].map((name) => writtenNode(name)),
    );
  }

  read(names: readonly string[]): Map<string, TensorValues> {
    const fetched = this.session.run([], names.map(readNode));
    return new Map(
      names.map((name, index) => {
        const value = fetched[index];
        if (!value) throw new Error(`The session did not return ${name}.`);
        return [name, value.values];
      }),
    );
  }

  dispose(): void {
    this.session.dispose();
  }
}

const readNode = (state: string): string => `state/${state}/read`;
const handleNode = (state: string): string => `state/${state}`;
const valueNode = (state: string): string => `state/${state}/value`;
const writtenNode = (state: string): string => `state/${state}/written`;
const feedNode = (fn: string, feed: string): string => `${fn}/feed/${feed}`;

function addState(graph: Graph, { name, type, shape, onHost }: StateSpec): void {
  const placement = onHost ? 'host' : 'anywhere';
  const dtype = { kind: 'type', value: TYPE_NUMBER[type] } as const;
  const dims = { kind: 'shape', value: shape } as const;
  const handle = graph.add({
    name: handleNode(name),
    op: 'VarHandleOp',
    inputs: [],
    attributes: {
      dtype,
      shape: dims,
      shared_name: { kind: 'text', value: name },
      container: { kind: 'text', value: '' },
    },
    placement,
  });
  graph.add({
    name: readNode(name),
    op: 'ReadVariableOp',
    inputs: [handle],
    attributes: { dtype },
    placement,
  });
  const value = graph.add({
    name: valueNode(name),
    op: 'Placeholder',
    inputs: [],
    attributes: { dtype, shape: dims },
    placement,
  });
  const assign = graph.add({
    name: `${handle}/assign`,
    op: 'AssignVariableOp',
    inputs: [handle, value],
    attributes: { dtype },
    placement,
  });
  addToken(graph, writtenNode(name), [assign]);
}

/** A fetchable node that completes after the given ones: the binding can fetch outputs only. */
function addToken(graph: Graph, name: string, after: readonly string[]): string {
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

function recordFunction(
  graph: Graph,
  states: readonly StateSpec[],
  fn: ProgramFunction,
): RecordedFunction {
  return inScope(() => {
    const known = new Map<number, { name: string; type: number }>();
    const stand = (spec: StateSpec | FeedSpec, name: string): Tensor => {
      const shape = ('traceShape' in spec ? spec.traceShape : undefined) ?? spec.shape;
      const tensor = createTensor(spec.type, shape, zeros(spec.type, shape));
      known.set(handleOf(tensor), { name, type: TYPE_NUMBER[spec.type] });
      return tensor;
    };
    const state = new Map(states.map((spec) => [spec.name, stand(spec, readNode(spec.name))]));
    const feeds = new Map(
      fn.feeds.map((spec) => {
        const name = graph.add({
          name: feedNode(fn.name, spec.name),
          op: 'Placeholder',
          inputs: [],
          attributes: {
            dtype: { kind: 'type', value: TYPE_NUMBER[spec.type] },
            shape: { kind: 'shape', value: spec.shape },
          },
        });
        return [spec.name, stand(spec, name)];
      }),
    );
    const { result, recording } = record({ scope: fn.name, known }, () => {
      const made = fn.body({
        state: (name) => present(state, name),
        feed: (name) => present(feeds, name),
      });
      // An output that no op has used yet is uploaded only now, and has to be recorded too.
      Object.values(made.outputs).forEach(handleOf);
      return made;
    });
    addRecording(graph, recording);
    const sourceOf = (tensor: Tensor): string => recording.nameOf(handleOf(tensor));
    const outputs = new Map(
      Object.entries(result.outputs).map(([name, tensor]): [string, OutputFacts] => [
        name,
        {
          source: sourceOf(tensor),
          shape: tensor.shape,
          type: tensor.dtype === 'float32' ? 'float32' : tensor.dtype === 'bool' ? 'bool' : 'int32',
        },
      ]),
    );
    const updates = (result.updates ?? []).flatMap((update) =>
      addUpdate(graph, fn.name, update, sourceOf),
    );
    const updated =
      updates.length === 0 ? undefined : addToken(graph, `${fn.name}/updated`, updates);
    return { feeds: fn.feeds, outputs, updated };
  });
}

function present(map: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const tensor = map.get(name);
  if (!tensor) throw new Error(`The recorded function asked for ${name}, which it does not have.`);
  return tensor;
}

function zeros(type: ElementType, shape: readonly number[]): TensorValues {
  const size = shape.reduce((product, dim) => product * dim, 1);
  if (type === 'float32') return new Float32Array(size);
  return type === 'int32' ? new Int32Array(size) : new Uint8Array(size);
}

function addRecording(graph: Graph, recording: Recording): void {
  for (const constant of recording.constants) graph.addConstant(constant.name, constant);
  for (const node of recording.nodes) {
    graph.add({
      name: node.name,
      op: node.op,
      inputs: node.inputs,
      attributes: attributesOf(node, binding),
      placement: node.placement,
    });
  }
}

function addUpdate(
  graph: Graph,
  scope: string,
  update: Update,
  sourceOf: (tensor: Tensor) => string,
): string[] {
  const float = { kind: 'type', value: TYPE_NUMBER.float32 } as const;
  const name = `${scope}/update/${update.state}`;
  switch (update.kind) {
    case 'assign':
      return [
        graph.add({
          name,
          op: 'AssignVariableOp',
          inputs: [handleNode(update.state), sourceOf(update.value)],
          attributes: { dtype: float },
        }),
      ];
    case 'momentum': {
      // One native op for slot and parameter; it copies on write while a reader holds the old value.
      const momentum = graph.addConstant(`${name}/momentum`, {
        type: 'float32',
        shape: [],
        values: new Float32Array([update.momentum]),
      });
      return [
        graph.add({
          name,
          op: 'ResourceApplyMomentum',
          inputs: [
            handleNode(update.state),
            handleNode(update.slot),
            sourceOf(update.rate),
            sourceOf(update.gradient),
            momentum,
          ],
          attributes: {
            T: float,
            use_locking: { kind: 'bool', value: false },
            use_nesterov: { kind: 'bool', value: update.nesterov },
          },
        }),
      ];
    }
    case 'descend':
      return [addDescent(graph, name, { ...update, rate: sourceOf(update.rate) }, sourceOf)];
    case 'adam': {
      const { decay } = update;
      const scalar = (label: string, value: number): string =>
        graph.addConstant(`${name}/${label}`, {
          type: 'float32',
          shape: [],
          values: new Float32Array([value]),
        });
      const decayed =
        decay === undefined
          ? undefined
          : addDescent(
              graph,
              `${name}/decay`,
              { state: update.state, direction: decay.direction, rate: sourceOf(decay.rate) },
              sourceOf,
            );
      // Powers of 0 leave the bias correction to rate and ε, which are fed.
      const none = scalar('power', 0);
      return [
        graph.add({
          name,
          op: 'ResourceApplyAdam',
          inputs: [
            handleNode(update.state),
            handleNode(update.mean),
            handleNode(update.square),
            ...[none, none],
            sourceOf(update.rate),
            scalar('beta1', update.beta1),
            scalar('beta2', update.beta2),
            sourceOf(update.epsilon),
            sourceOf(update.gradient),
            // Both write the parameter: one after the other, always in the same order.
            ...(decayed === undefined ? [] : [`^${decayed}`]),
          ],
          attributes: {
            T: float,
            use_locking: { kind: 'bool', value: false },
            use_nesterov: { kind: 'bool', value: false },
          },
        }),
      ];
    }
  }
}

/** state ← state − rate · direction, in place. */
function addDescent(
  graph: Graph,
  name: string,
  change: { readonly state: string; readonly direction: Tensor; readonly rate: string },
  sourceOf: (tensor: Tensor) => string,
): string {
  return graph.add({
    name,
    op: 'ResourceApplyGradientDescent',
    inputs: [handleNode(change.state), change.rate, sourceOf(change.direction)],
    attributes: {
      T: { kind: 'type', value: TYPE_NUMBER.float32 },
      use_locking: { kind: 'bool', value: false },
    },
  });
}

function loadGraph(
  nodes: readonly GraphNode[],
  functions: ReadonlyMap<string, RecordedFunction>,
): Session {
  const meta = new proto.MetaGraphDef();
  const info = new proto.MetaGraphDef.MetaInfoDef();
  info.addTags('serve');
  meta.setMetaInfoDef(info);
  meta.setGraphDef(toGraphDef(nodes));
  for (const [name, fn] of functions) {
    meta.getSignatureDefMap().set(name, signatureOf(name, fn));
  }
  const model = new proto.SavedModel();
  model.setSavedModelSchemaVersion(1);
  model.addMetaGraphs(meta);
  const folder = mkdtempSync(join(tmpdir(), 'resnet-lab-graph-'));
  try {
    writeFileSync(join(folder, 'saved_model.pb'), model.serializeBinary());
    return openSession(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function signatureOf(name: string, fn: RecordedFunction): SignatureDef {
  const signature = new proto.SignatureDef();
  signature.setMethodName(name);
  const infoOf = (source: string, type: ElementType, shape: readonly number[]): TensorInfo => {
    const tensor = new proto.TensorInfo();
    tensor.setName(source.includes(':') ? source : `${source}:0`);
    tensor.setDtype(TYPE_NUMBER[type]);
    tensor.setTensorShape(toShape(shape));
    return tensor;
  };
  for (const feed of fn.feeds) {
    const node = feedNode(name, feed.name);
    signature.getInputsMap().set(feed.name, infoOf(node, feed.type, feed.shape));
  }
  for (const [output, { source, type, shape }] of fn.outputs) {
    signature.getOutputsMap().set(output, infoOf(source, type, shape));
  }
  return signature;
}

/** `tf.tidy` for a result that holds no tensors. */
function inScope<T>(body: () => T): T {
  const box: { result?: T } = {};
  tf.tidy(() => {
    box.result = body();
  });
  if (!('result' in box)) throw new Error('The scope ended without a result.');
  return box.result;
}
