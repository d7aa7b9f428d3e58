// A planned network as an ONNX graph: blocks, shortcuts and the ways in which they meet, as
// main/engine/network/forward.ts computes them in evaluation.
import type { BlockPlan, Merge, NetworkPlan, PathStart } from '../../zoo/plan.ts';
import type { OnnxGraph, Value } from './graph.ts';
import { applyLayers, multiplied, type LayerOptions } from './layers.ts';

/** The largest of int64, and the smallest: "to the end" of a slice, forwards and backwards. */
const TO_THE_END = Number.MAX_SAFE_INTEGER;
const TO_THE_START = -Number.MAX_SAFE_INTEGER;

/** x: [N, C, H, W], normalized → logits [N, classes]. */
export function addNetwork(
  graph: OnnxGraph,
  plan: NetworkPlan,
  x: Value,
  options: LayerOptions,
): Value {
  let h = applyLayers(graph, plan.stem.layers, x, options);
  for (const block of plan.blocks) h = addBlock(graph, block, h, options);
  return applyLayers(graph, plan.head.layers, h, options);
}

/** The mean of an image's logits and of its mirror image's, as an evaluation with flips has it. */
export function addFlippedNetwork(
  graph: OnnxGraph,
  plan: NetworkPlan,
  x: Value,
  options: LayerOptions,
): Value {
  const mirrored = graph.add('flip', 'Slice', [
    x,
    graph.integers('flip', [-1]),
    graph.integers('flip', [TO_THE_START]),
    graph.integers('flip', [3]),
    graph.integers('flip', [-1]),
  ]);
  const both = graph.add('flip', 'Concat', [x, mirrored], { axis: 0 });
  const logits = addNetwork(graph, plan, both, options);
  const halves = graph.addMany('flip', 'Split', {
    input: [logits],
    results: 2,
    attributes: { axis: 0 },
  });
  return multiplied(graph, graph.add('flip', 'Add', halves), 0.5);
}

function addBlock(graph: OnnxGraph, block: BlockPlan, x: Value, options: LayerOptions): Value {
  const activated = applyLayers(graph, block.before, x, options);
  const { merge } = block;
  if (block.shortcut.kind === 'none') {
    const branch = applyLayers(graph, block.branch, activated, options);
    return applyLayers(graph, block.after, branch, options);
  }
  // Where gates are exclusive the block's share in training is in the gate, not in the branch.
  const own = merge.kind === 'exclusive-gating' ? 1 : block.survival;
  const factor = merge.kind === 'scaling' ? own * merge.branch : own;
  const branch = applyLayers(graph, block.branch, activated, { ...options, factor });
  const shortcut = addShortcut(graph, block, { input: x, activated }, options);
  const met = addMerge(graph, block, { branch, shortcut, input: x, activated }, options);
  return applyLayers(graph, block.after, met, options);
}

type Starts = Readonly<Record<PathStart, Value>>;

function addShortcut(
  graph: OnnxGraph,
  { name, shortcut }: BlockPlan,
  starts: Starts,
  options: LayerOptions,
): Value {
  switch (shortcut.kind) {
    case 'none':
      throw new Error(`${name} has no shortcut.`);
    case 'identity':
      return starts.input;
    case 'pad': {
      const { stride, extraChannels } = shortcut;
      const small =
        stride === 1
          ? starts.input
          : graph.add(name, 'Slice', [
              starts.input,
              graph.integers(name, [0, 0]),
              graph.integers(name, [TO_THE_END, TO_THE_END]),
              graph.integers(name, [2, 3]),
              graph.integers(name, [stride, stride]),
            ]);
      if (extraChannels === 0) return small;
      const widths = graph.integers(name, [0, 0, 0, 0, 0, extraChannels, 0, 0]);
      return graph.add(name, 'Pad', [small, widths], { mode: 'constant' });
    }
    case 'projection':
      return applyLayers(graph, shortcut.layers, starts[shortcut.from], options);
  }
}

/** The equations of He et al. 2016 (arXiv 1603.05027), table 1. */
function addMerge(
  graph: OnnxGraph,
  { name, merge, survival }: Pick<BlockPlan, 'name' | 'merge' | 'survival'>,
  meet: Starts & { readonly branch: Value; readonly shortcut: Value },
  options: LayerOptions,
): Value {
  const { branch, shortcut } = meet;
  const sum = (a: Value, b: Value): Value => graph.add(name, 'Add', [a, b]);
  const product = (a: Value, b: Value): Value => graph.add(name, 'Mul', [a, b]);
  switch (merge.kind) {
    case 'add':
    case 'dropout':
      return sum(branch, shortcut);
    case 'scaling':
      return sum(branch, multiplied(graph, shortcut, merge.shortcut));
    case 'exclusive-gating': {
      const share = gateOf(graph, merge, meet, { ...options, factor: survival });
      const difference = graph.add(name, 'Sub', [branch, shortcut]);
      return sum(shortcut, product(share, difference));
    }
    case 'shortcut-gating': {
      const share = gateOf(graph, merge, meet, options);
      const rest = graph.add(name, 'Sub', [graph.scalar(name, 1), share]);
      return sum(branch, product(rest, shortcut));
    }
  }
}

function gateOf(
  graph: OnnxGraph,
  merge: Extract<Merge, { from: PathStart }>,
  starts: Starts,
  options: LayerOptions & { readonly factor?: number },
): Value {
  return applyLayers(graph, merge.layers, starts[merge.from], options);
}
