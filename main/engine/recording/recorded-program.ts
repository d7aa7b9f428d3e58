// Turns a program into one TensorFlow graph and runs its functions as single native session calls.
// State becomes resource variables, so nothing but feeds and fetched outputs crosses the binding.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Precision } from '../../../shared/spec/precision.ts';
import { binding, handleOf, tf, type Tensor } from '../tensorflow/library.ts';
import { createTensor } from '../tensorflow/handles.ts';
import { openSession, type Feed, type Session } from '../tensorflow/session.ts';
import { TYPE_NUMBER, type ElementType, type TensorValues } from '../tensorflow/binding.ts';
import { Graph, type GraphNode } from './graph.ts';
import { savedModelBytes, type Signature } from './saved-model.ts';
import { requireAllowedOps } from './allowed-ops.ts';
import { attributesOf } from './attributes.ts';
import { lowerPrecision, type Lowered } from './low-precision.ts';
import { currentReplica } from './placement.ts';
import { inPrecision } from './precision.ts';
import { record, type Recording } from './recorder.ts';
import { replicaPlacement } from './replica-ops.ts';
import { addUpdates } from './updates.ts';
import { readNode, valueNode, Variables, writtenNode, type Variable } from './variables.ts';
import type {
  FeedSpec,
  HostValue,
  Program,
  ProgramFunction,
  ProgramSpec,
  RunRequest,
  StateSpec,
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
export function recordProgram(
  spec: ProgramSpec,
  { precision = 'float32' }: { readonly precision?: Precision | undefined } = {},
): RecordedProgram {
  const graph = new Graph();
  const variables = new Variables(spec.state, spec.replicas);
  variables.addTo(graph);
  const functions = new Map<string, RecordedFunction>();
  for (const fn of spec.functions) {
    // A tidy scope each: one function's intermediate tensors are gone before the next records.
    functions.set(
      fn.name,
      inPrecision(precision, () => recordFunction(graph, variables, fn)),
    );
  }
  const roots = [
    ...variables.roots,
    ...[...functions.entries()].flatMap(([name, fn]) => [
      ...fn.feeds.map((feed) => feedNode(name, feed.name)),
      ...[...fn.outputs.values()].map((output) => output.source),
      ...(fn.updated === undefined ? [] : [fn.updated]),
    ]),
  ];
  const recorded = graph.reachableFrom(roots);
  requireAllowedOps(recorded);
  if (precision === 'float32') return loaded(variables, functions, recorded);
  const fetched = [...functions.values()].flatMap(({ outputs }) =>
    [...outputs.values()].map(({ source }) => source),
  );
  const lowered = lowerPrecision(recorded, { precision, fetched });
  const moved = new Map([...functions].map(([name, fn]) => [name, withSources(fn, lowered)]));
  return loaded(variables, moved, lowered.nodes);
}

function loaded(
  variables: Variables,
  functions: ReadonlyMap<string, RecordedFunction>,
  nodes: readonly GraphNode[],
): SessionProgram {
  return new SessionProgram(variables, functions, nodes, loadGraph(nodes, functions));
}

function withSources(fn: RecordedFunction, { sourceOf }: Lowered): RecordedFunction {
  const outputs = [...fn.outputs].map(([name, facts]): [string, OutputFacts] => [
    name,
    { ...facts, source: sourceOf(facts.source) },
  ]);
  return { ...fn, outputs: new Map(outputs) };
}

class SessionProgram implements RecordedProgram {
  readonly nodes: readonly GraphNode[];
  private readonly functions: ReadonlyMap<string, RecordedFunction>;
  private readonly variables: Variables;
  /** Packs that have been given values, which until then they have none. */
  private readonly written = new Set<Variable>();
  private readonly session: Session;

  constructor(
    variables: Variables,
    functions: ReadonlyMap<string, RecordedFunction>,
    nodes: readonly GraphNode[],
    session: Session,
  ) {
    this.nodes = nodes;
    this.functions = functions;
    this.variables = variables;
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
    // TensorFlow refuses a call that asks for nothing.
    if (values.size === 0) return;
    const gathered = this.variables.gather(values, (variable) => this.present(variable));
    const feeds = [...gathered].map(([variable, array]): Feed => {
      const { type, shape } = variable;
      return { node: valueNode(variable), type, shape, values: array };
    });
    this.session.run(feeds, [...gathered.keys()].map(writtenNode));
    for (const variable of gathered.keys()) this.written.add(variable);
  }

  read(names: readonly string[]): Map<string, TensorValues> {
    if (names.length === 0) return new Map();
    const fetched = this.session.run(
      [],
      names.map((name) => this.variables.sourceOf(name)),
    );
    return new Map(
      names.map((name, index) => {
        const value = fetched[index];
        if (!value) throw new Error(`The session did not return ${name}.`);
        return [name, value.values];
      }),
    );
  }

  /** A pack's values, zeros before the first ones are written. */
  private present(variable: Variable): TensorValues {
    if (!this.written.has(variable)) return new Float32Array(variable.shape[0] ?? 0);
    const [value] = this.session.run([], [readNode(variable)]);
    if (!value) throw new Error(`The session did not return ${variable.name}.`);
    return value.values;
  }

  dispose(): void {
    this.session.dispose();
  }
}

const feedNode = (fn: string, feed: string): string => `${fn}/feed/${feed}`;

function recordFunction(graph: Graph, variables: Variables, fn: ProgramFunction): RecordedFunction {
  return inScope(() => {
    const known = new Map<number, { name: string; type: number }>();
    const stand = (spec: StateSpec | FeedSpec, name: string): Tensor => {
      const shape = ('traceShape' in spec ? spec.traceShape : undefined) ?? spec.shape;
      const tensor = createTensor(spec.type, shape, zeros(spec.type, shape));
      known.set(handleOf(tensor), { name, type: TYPE_NUMBER[spec.type] });
      return tensor;
    };
    const state = new Map(
      variables.all
        .flatMap(({ members }) => members)
        .map((spec) => [spec.name, stand(spec, variables.sourceOf(spec.name))]),
    );
    const statesOfReplicas = Array.from({ length: variables.replicas }, (_, replica) =>
      replica === 0 ? state : new Map([...state, ...ownParts(variables, stand, replica)]),
    );
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
        state: (name) =>
          present(statesOfReplicas[currentReplica()] ?? new Map<string, Tensor>(), name),
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
    const updated = addUpdates(
      { graph, variables, name: fn.name, sourceOf },
      result.updates ?? [],
      result.condition && sourceOf(result.condition),
    );
    return { feeds: fn.feeds, outputs, updated };
  });
}

/** The members of packs, which every replica takes apart for itself. */
function ownParts(
  variables: Variables,
  stand: (spec: StateSpec, name: string) => Tensor,
  replica: number,
): [string, Tensor][] {
  const packs = variables.all.filter(({ members }) => members.length > 1);
  return packs
    .flatMap(({ members }) => members)
    .map((spec) => [spec.name, stand(spec, variables.sourceOf(spec.name, replica))]);
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
  for (const constant of recording.constants) {
    graph.addConstant(constant.name, constant, constant.placement);
  }
  for (const node of recording.nodes) {
    const attributes = attributesOf(node, binding);
    graph.add({
      name: node.name,
      op: node.op,
      inputs: node.inputs,
      attributes,
      placement: replicaPlacement(node.op, attributes, node.placement),
      keepsFloat32: node.keepsFloat32,
    });
  }
}

function loadGraph(
  nodes: readonly GraphNode[],
  functions: ReadonlyMap<string, RecordedFunction>,
): Session {
  const signatures = [...functions].map(([name, fn]) => signatureOf(name, fn));
  const folder = mkdtempSync(join(tmpdir(), 'resnet-lab-graph-'));
  try {
    writeFileSync(join(folder, 'saved_model.pb'), savedModelBytes(nodes, signatures));
    return openSession(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function signatureOf(name: string, { feeds, outputs }: RecordedFunction): Signature {
  return {
    name,
    method: name,
    inputs: new Map(
      feeds.map((feed) => [feed.name, { ...feed, source: feedNode(name, feed.name) }]),
    ),
    outputs,
  };
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
