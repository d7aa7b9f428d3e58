// Rewrites a recorded float32 graph so that its products are computed in bfloat16 or float16. State, feeds and
// fetched outputs keep their types; a value is cast once for all that want it.
import { TYPE_NUMBER } from '../tensorflow/binding.ts';
import type { GraphAttribute, GraphNode } from './graph.ts';
import { isTyped, LOW_OPS, type LowOp } from './low-precision-ops.ts';
import type { Placement } from './placement.ts';
import { LOW_TYPE, type LowPrecision } from './precision.ts';

export interface Lowered {
  readonly nodes: readonly GraphNode[];
  /** Where the float32 value of a source of the old graph is now. */
  readonly sourceOf: (source: string) => string;
}

/**
 * @param nodes each after the ones that it depends on
 * @param fetched sources (`node`, `node:1`) that somebody outside wants in float32
 */
export function lowerPrecision(
  nodes: readonly GraphNode[],
  { precision, fetched }: { precision: LowPrecision; fetched: readonly string[] },
): Lowered {
  const idle = idleCasts(nodes);
  const behind = (source: string): string => idle.get(source) ?? source;
  const busy = nodes
    .filter(({ name }) => !idle.has(name))
    .map((node) => ({ ...node, inputs: node.inputs.map(behind) }));
  const low = lowNodes(busy, new Set(fetched.map((source) => nodeOf(behind(source)))));
  const writer = new Writer(low, LOW_TYPE[precision]);
  for (const node of busy) writer.add(node);
  const sources = fetched.map((source): [string, string] => [
    source,
    writer.as(behind(source), TYPE_NUMBER.float32),
  ]);
  const moved = new Map(sources);
  return { nodes: writer.nodes, sourceOf: (source) => moved.get(source) ?? source };
}

/** Casts from float32 to float32, which tfjs's gradients are full of: where each one's value comes from. */
function idleCasts(nodes: readonly GraphNode[]): ReadonlyMap<string, string> {
  const sources = new Map<string, string>();
  for (const { name, op, inputs, attributes } of nodes) {
    const [input] = inputs;
    if (op !== 'Cast' || input === undefined || inputs.length > 1) continue;
    const { SrcT, DstT } = attributes;
    const isIdle = SrcT?.kind === 'type' && DstT?.kind === 'type' && SrcT.value === DstT.value;
    if (isIdle) sources.set(name, sources.get(input) ?? input);
  }
  return sources;
}

/** The ops that compute in low precision, by node name. */
function lowNodes(
  nodes: readonly GraphNode[],
  fetched: ReadonlySet<string>,
): ReadonlyMap<string, LowOp> {
  const low = new Map<string, LowOp>();
  for (const node of nodes) {
    const rule = ruleOf(node);
    if (rule === undefined) continue;
    const takesLow = dataInputs(node).some(
      (input, index, all) => isTyped(rule, index, all.length) && spreads(low, input),
    );
    if (rule.kind === 'product' || takesLow) low.set(node.name, rule);
  }
  lowerMovers(nodes, low, fetched);
  return low;
}

/** A cast before a mover is the same as one behind it, and may be of fewer elements (`BroadcastTo`). */
function lowerMovers(
  nodes: readonly GraphNode[],
  low: Map<string, LowOp>,
  fetched: ReadonlySet<string>,
): void {
  const isWantedFloat = new Set(fetched);
  const isWantedLow = new Set<string>();
  for (const node of [...nodes].reverse()) {
    const rule = ruleOf(node);
    const { name } = node;
    if (rule?.kind === 'mover' && isWantedLow.has(name) && !isWantedFloat.has(name)) {
      low.set(name, rule);
    }
    const own = low.get(name);
    dataInputs(node).forEach((input, index, all) => {
      const wants = own !== undefined && isTyped(own, index, all.length);
      (wants ? isWantedLow : isWantedFloat).add(nodeOf(input));
    });
  }
}

/** The op's rule if it may be low at all. */
function ruleOf({ op, attributes, placement, keepsFloat32 }: GraphNode): LowOp | undefined {
  const type = attributes['T'];
  const isFloat = type?.kind === 'type' && type.value === TYPE_NUMBER.float32;
  return isFloat && placement !== 'host' && keepsFloat32 !== true ? LOW_OPS[op] : undefined;
}

/** Emits nodes with the casts that they need. */
class Writer {
  readonly nodes: GraphNode[] = [];
  private readonly low: ReadonlyMap<string, LowOp>;
  private readonly lowType: number;
  private readonly casts = new Map<string, string>();
  private readonly placements = new Map<string, Placement>();

  constructor(low: ReadonlyMap<string, LowOp>, lowType: number) {
    this.low = low;
    this.lowType = lowType;
  }

  add(node: GraphNode): void {
    this.placements.set(node.name, node.placement);
    const rule = this.low.get(node.name);
    const { length } = dataInputs(node);
    const inputs = node.inputs.map((input, index) => {
      if (input.startsWith('^')) return input;
      const type = rule && isTyped(rule, index, length) ? this.lowType : TYPE_NUMBER.float32;
      return this.as(input, type, node.placement);
    });
    const type: GraphAttribute = { kind: 'type', value: this.lowType };
    const attributes = rule ? { ...node.attributes, T: type } : node.attributes;
    this.nodes.push({ ...node, inputs, attributes });
  }

  /**
   * The source in the wanted type, cast where it is computed if that is not the host. What is no floating-point
   * number is asked for as float32 and left as it is.
   */
  as(source: string, type: number, wantedAt: Placement = 'anywhere'): string {
    const present = isLow(this.low, source) ? this.lowType : TYPE_NUMBER.float32;
    if (present === type) return source;
    const key = `${source} ${type}`;
    const known = this.casts.get(key);
    if (known !== undefined) return known;
    const name = `${source.replace(':', '/')}/${type === this.lowType ? 'low' : 'float32'}`;
    this.nodes.push({
      name,
      op: 'Cast',
      inputs: [source],
      attributes: {
        SrcT: { kind: 'type', value: present },
        DstT: { kind: 'type', value: type },
        Truncate: { kind: 'bool', value: false },
      },
      placement: this.castPlacement(source, wantedAt),
    });
    this.casts.set(key, name);
    return name;
  }

  private castPlacement(source: string, wantedAt: Placement): Placement {
    const own = this.placements.get(nodeOf(source)) ?? 'anywhere';
    if (own !== 'host') return own;
    return wantedAt === 'host' ? 'anywhere' : wantedAt;
  }
}

function isLow(low: ReadonlyMap<string, LowOp>, source: string): boolean {
  const rule = low.get(nodeOf(source));
  return rule !== undefined && (rule.outputs === 'all' || !/:[1-9]\d*$/.test(source));
}

function spreads(low: ReadonlyMap<string, LowOp>, source: string): boolean {
  return isLow(low, source) && low.get(nodeOf(source))?.isEnd !== true;
}

function dataInputs({ inputs }: GraphNode): string[] {
  return inputs.filter((input) => !input.startsWith('^'));
}

function nodeOf(source: string): string {
  return source.replace(/:\d+$/, '');
}
