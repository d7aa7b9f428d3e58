// A GraphDef under construction: plain nodes and attributes, turned into protobuf at the end. Nodes
// that nothing fetched or assigned depends on are dropped, so the graph holds what runs.
import { libraryFacts, proto } from '../tensorflow/library.ts';
import { TYPE_NUMBER, type ElementType, type TensorValues } from '../tensorflow/binding.ts';
import type { AttrValue, GraphDef, TensorShape } from '../tensorflow/proto.ts';
import type { Placement } from './placement.ts';

export type GraphAttribute =
  | { readonly kind: 'type'; readonly value: number }
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'bools'; readonly value: readonly boolean[] }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'shape'; readonly value: readonly number[] }
  | {
      readonly kind: 'tensor';
      readonly type: ElementType;
      readonly shape: readonly number[];
      readonly values: TensorValues;
    };

export interface GraphNode {
  readonly name: string;
  readonly op: string;
  /** `node`, `node:1`, or `^node` for a control input. */
  readonly inputs: readonly string[];
  readonly attributes: Readonly<Record<string, GraphAttribute>>;
  readonly placement: Placement;
  /** Computes in float32 in a program of low precision too. */
  readonly keepsFloat32?: boolean;
}

/**
 * TensorFlow's graph optimizer makes one `AddN` of a chain of additions, which begins with whichever input's
 * memory is free by then: the last bit would depend on timing. It leaves alone what it has rewritten itself and
 * marked with this (grappler/optimizers/arithmetic_optimizer.cc).
 */
const KEEP_ORDER = '_grappler_ArithmeticOptimizer_AddOpsRewriteStage';
const ADDITIONS: readonly string[] = ['Add', 'AddV2', 'AddN'];

const HOST_DEVICE = '/device:CPU:0';
/** GraphDef version whose semantics the ops are written for (unchanged since TensorFlow 1.15). */
const GRAPH_PRODUCER = 27;

export class Graph {
  private readonly nodes = new Map<string, GraphNode>();

  add(node: Omit<GraphNode, 'placement'> & { placement?: Placement }): string {
    if (this.nodes.has(node.name)) throw new Error(`The graph has two nodes ${node.name}.`);
    this.nodes.set(node.name, { placement: 'anywhere', ...node });
    return node.name;
  }

  addConstant(
    name: string,
    constant: { type: ElementType; shape: readonly number[]; values: TensorValues },
    placement: Placement = 'anywhere',
  ): string {
    return this.add({
      name,
      op: 'Const',
      inputs: [],
      attributes: {
        dtype: { kind: 'type', value: TYPE_NUMBER[constant.type] },
        value: { kind: 'tensor', ...constant },
      },
      placement,
    });
  }

  /** The nodes that the roots depend on, in the order in which they were added. */
  reachableFrom(roots: readonly string[]): GraphNode[] {
    const wanted = new Set<string>();
    const pending = roots.map(nodePart);
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      if (wanted.has(name)) continue;
      wanted.add(name);
      const node = this.nodes.get(name);
      if (!node) throw new Error(`The graph refers to ${name}, which it does not have.`);
      pending.push(...node.inputs.map(nodePart));
    }
    return [...this.nodes.values()].filter((node) => wanted.has(node.name));
  }
}

/** `^a` and `a:1` both name node `a`. */
function nodePart(input: string): string {
  const start = input.startsWith('^') ? 1 : 0;
  const colon = input.indexOf(':');
  return colon < 0 ? input.slice(start) : input.slice(start, colon);
}

/** Without a GPU all replicas are on the one CPU there is. */
function deviceOf(placement: Placement): string | undefined {
  if (placement === 'anywhere') return undefined;
  if (placement === 'host' || !libraryFacts().usesGpu) return HOST_DEVICE;
  return `/device:GPU:${placement.slice('replica '.length)}`;
}

export function toGraphDef(nodes: readonly GraphNode[]): GraphDef {
  const graph = new proto.GraphDef();
  for (const node of nodes) {
    const message = new proto.NodeDef();
    message.setName(node.name);
    message.setOp(node.op);
    message.setInputList(node.inputs);
    const device = deviceOf(node.placement);
    if (device !== undefined) message.setDevice(device);
    const attributes = message.getAttrMap();
    for (const [name, attribute] of Object.entries(node.attributes)) {
      attributes.set(name, toAttrValue(attribute));
    }
    if (ADDITIONS.includes(node.op)) {
      attributes.set(KEEP_ORDER, toAttrValue({ kind: 'bool', value: true }));
    }
    graph.addNode(message);
  }
  const version = new proto.VersionDef();
  version.setProducer(GRAPH_PRODUCER);
  graph.setVersions(version);
  return graph;
}

export function toShape(dims: readonly number[]): TensorShape {
  const shape = new proto.TensorShape();
  for (const size of dims) {
    const dim = new proto.TensorShape.Dim();
    dim.setSize(size);
    shape.addDim(dim);
  }
  return shape;
}

function toAttrValue(attribute: GraphAttribute): AttrValue {
  const message = new proto.AttrValue();
  switch (attribute.kind) {
    case 'type':
      message.setType(attribute.value);
      break;
    case 'int':
      message.setI(attribute.value);
      break;
    case 'float':
      message.setF(attribute.value);
      break;
    case 'bool':
      message.setB(attribute.value);
      break;
    case 'text':
      message.setS(Buffer.from(attribute.value).toString('base64'));
      break;
    case 'shape':
      message.setShape(toShape(attribute.value));
      break;
    case 'ints':
    case 'floats':
    case 'bools': {
      const list = new proto.AttrValue.ListValue();
      if (attribute.kind === 'ints') list.setIList(attribute.value);
      else if (attribute.kind === 'floats') list.setFList(attribute.value);
      else list.setBList(attribute.value);
      message.setList(list);
      break;
    }
    case 'tensor': {
      const tensor = new proto.Tensor();
      tensor.setDtype(TYPE_NUMBER[attribute.type]);
      tensor.setTensorShape(toShape(attribute.shape));
      const { buffer, byteOffset, byteLength } = attribute.values;
      tensor.setTensorContent(Buffer.from(buffer, byteOffset, byteLength).toString('base64'));
      message.setTensor(tensor);
      break;
    }
  }
  return message;
}
