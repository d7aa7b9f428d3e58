// One block of a plan: its branch, what stands before and after it, and how it meets its shortcut.
// Knows its own position and nothing of the stages around it.
import { inputError } from '../../shared/errors.ts';
import type { ArchitectureSpec } from '../../shared/spec/architecture.ts';
import { orderOf, type Activation } from './activation-order.ts';
import { mergeFor, shortcutFor } from './build-shortcut.ts';
import { LayerChain, type ConvOptions } from './layer-chain.ts';
import type { BlockPlan, MapShape } from './plan.ts';

export interface BlockPosition {
  readonly name: string;
  readonly stage: number;
  readonly index: number;
  readonly gate: number;
  readonly survival: number;
  readonly input: MapShape;
  /** The stage's width before a bottleneck's expansion. */
  readonly width: number;
  /** Of each convolution, where the stage names them. */
  readonly widths: readonly number[] | undefined;
  readonly stride: number;
  /** Of the 3×3 convolution that strides, or would in a stage's first block. */
  readonly firstDilation: number;
  /** Of the 3×3 convolutions behind it. */
  readonly dilation: number;
  /** The network's first block. */
  readonly first: boolean;
}

/** @throws inputError `bad-width`, `bad-groups`, `bad-shortcut` */
export function buildBlock(spec: ArchitectureSpec, position: BlockPosition): BlockPlan {
  const { name, stage, index, gate, survival, input } = position;
  const order = orderOf(spec.block);
  const convs = branchConvs(spec, position);
  const before = new LayerChain(input);
  // The stem ends in BN-ReLU, so the first block's input is activated already.
  if (!position.first) activate(before, order.ahead, { name: `${name}.bn1`, spec });
  const branch = branchLayers(spec, position, convs);
  const after = new LayerChain(branch.shape);
  activate(after, order.after, { name: `${name}.bn${convs.length}`, spec });
  return {
    name,
    stage,
    index,
    gate,
    input,
    output: branch.shape,
    before: before.layers,
    branch: branch.layers,
    shortcut: shortcutFor(spec, position, branch.shape),
    merge: mergeFor(spec, position, branch.shape),
    survival,
    after: after.layers,
  };
}

/** Appends what the order says; a normalization starts at scale 0 if `zeroInit`. */
export function activate(
  chain: LayerChain,
  activations: readonly Activation[],
  options: { readonly name: string; readonly spec: ArchitectureSpec; readonly zeroInit?: boolean },
): void {
  const { name, spec, zeroInit = false } = options;
  for (const activation of activations) {
    if (activation === 'relu') chain.relu();
    else chain.norm(name, { groups: spec.groupNorm ?? undefined, zeroInit });
  }
}

function branchLayers(
  spec: ArchitectureSpec,
  position: BlockPosition,
  convs: readonly ConvOptions[],
): LayerChain {
  const { name } = position;
  const { dropout, squeezeExcitation } = spec.block;
  const order = orderOf(spec.block);
  const branch = new LayerChain(position.input);
  for (const [i, conv] of convs.entries()) {
    const last = i === convs.length - 1;
    const norm = { name: `${name}.bn${i + 1}`, spec };
    // What is ahead of the first convolution stands in `before`, because a projection shares it.
    if (i > 0) activate(branch, order.ahead, norm);
    if (last && dropout > 0) branch.dropout(`${name}.dropout`, dropout);
    branch.conv(`${name}.conv${i + 1}`, conv);
    if (last) activate(branch, order.end, { ...norm, zeroInit: spec.zeroInitLastScale });
    else activate(branch, order.behind, norm);
  }
  if (squeezeExcitation) {
    branch.squeezeExcitation(`${name}.se`, reducedWidth(branch.shape.channels / squeezeExcitation));
  }
  return branch;
}

/** timm's `make_divisible`: the nearest multiple of 8, at least 8. */
function reducedWidth(width: number): number {
  return Math.max(8, Math.floor((width + 4) / 8) * 8);
}

/** The convolutions of a branch; a bottleneck strides in its 3×3, as torchvision does ("v1.5"). */
function branchConvs(spec: ArchitectureSpec, at: BlockPosition): ConvOptions[] {
  const { width, widths, stage } = at;
  const { kind, groups, baseWidth, expansion } = spec.block;
  const striding = { kernel: 3, stride: at.stride, groups, dilation: at.firstDilation };
  const following = { kernel: 3, groups, dilation: at.dilation };
  if (widths !== undefined) {
    const [first = width, second = width, third] = widths;
    return third === undefined
      ? [
          { channels: first, ...striding },
          { channels: second, ...following },
        ]
      : [
          { channels: first, kernel: 1 },
          { channels: second, ...striding },
          { channels: third, kernel: 1 },
        ];
  }
  switch (kind) {
    case 'single':
      return [{ channels: width, ...striding }];
    case 'basic':
      return [
        { channels: width, ...striding },
        { channels: width, ...following },
      ];
    case 'bottleneck': {
      const inner = Math.floor((width * baseWidth) / 64) * groups;
      if (inner < 1) {
        throw inputError(
          'bad-width',
          `stages.${stage} is ${width} wide, which times block.baseWidth / 64 = ${baseWidth} / 64 leaves its 3×3 convolutions no channels; raise one of the two.`,
          { path: 'block.baseWidth' },
        );
      }
      return [
        { channels: inner, kernel: 1 },
        { channels: inner, ...striding },
        { channels: width * expansion, kernel: 1 },
      ];
    }
  }
}
