// Spec + input size + class count → network plan. All stage arithmetic (stride, widths, which
// shortcut) lives here; a block function knows only its own block.
import { inputError } from '../../shared/errors.ts';
import type { ArchitectureSpec, InputShape } from '../../shared/spec/architecture.ts';
import { LayerChain, type ConvOptions } from './layer-chain.ts';
import type { BlockPlan, MapShape, NetworkPlan, Shortcut } from './plan.ts';

export interface PlanOptions {
  readonly input: InputShape;
  readonly classes: number;
}

/**
 * Resolves a spec.
 * @throws inputError `bad-input-shape`, `bad-classes`, `bad-width`, `bad-groups`, `bad-shortcut`
 */
export function buildPlan(spec: ArchitectureSpec, options: PlanOptions): NetworkPlan {
  checkOptions(options);
  const input: MapShape = { ...options.input };
  const preActivated = spec.block.order === 'full-preactivation';
  const stem = stemLayers(spec, input);
  let shape = stem.shape;
  const blocks: BlockPlan[] = [];
  spec.stages.forEach((stage, stageIndex) => {
    const width = stageWidth(spec, stageIndex, stage.width);
    for (let index = 0; index < stage.blocks; index++) {
      const block = buildBlock(spec, {
        name: `layer${stageIndex + 1}.${index}`,
        stage: stageIndex,
        index,
        gate: blocks.length,
        input: shape,
        width,
        stride: index === 0 ? stage.stride : 1,
        first: blocks.length === 0,
      });
      blocks.push(block);
      shape = block.output;
    }
  });
  const head = new LayerChain(shape);
  if (preActivated) head.norm('norm').relu();
  head.globalPool().linear('fc', options.classes);
  return {
    spec,
    input,
    classes: options.classes,
    stem: { name: 'stem', layers: stem.layers },
    blocks,
    head: { name: 'head', layers: head.layers },
  };
}

/**
 * The same for both orders: a pre-activated network too has BN-ReLU after its first convolution and
 * before the first block's paths part (He et al. 2016, implementation details). Its first block
 * therefore has no `before`; so a CIFAR net's identity starts at an activation.
 */
function stemLayers({ stem }: ArchitectureSpec, input: MapShape): LayerChain {
  const chain = new LayerChain(input);
  switch (stem.kind) {
    case 'cifar':
      return chain.conv('conv1', { channels: stem.width, kernel: 3 }).norm('bn1').relu();
    case 'imagenet':
      return chain
        .conv('conv1', { channels: stem.width, kernel: 7, stride: 2 })
        .norm('bn1')
        .relu()
        .maxPool(3, 2);
  }
}

function checkOptions({ input, classes }: PlanOptions): void {
  for (const key of ['height', 'width', 'channels'] as const) {
    const size = input[key];
    if (!Number.isInteger(size) || size < 1) {
      throw inputError(
        'bad-input-shape',
        `The input's ${key} must be a whole number of at least 1, not ${size}.`,
        { path: `input.${key}`, details: { given: size } },
      );
    }
  }
  if (!Number.isInteger(classes) || classes < 2) {
    throw inputError('bad-classes', `A classifier needs at least 2 classes, not ${classes}.`, {
      path: 'classes',
      details: { given: classes },
    });
  }
}

function stageWidth(spec: ArchitectureSpec, stage: number, base: number): number {
  const width = Math.round(base * spec.widthMultiplier);
  if (width < 1) {
    throw inputError(
      'bad-width',
      `stages.${stage}.width is ${base}, which times the width multiplier ${spec.widthMultiplier} leaves no channels; raise one of the two.`,
      { path: `stages.${stage}.width` },
    );
  }
  return width;
}

interface BlockPosition {
  readonly name: string;
  readonly stage: number;
  readonly index: number;
  readonly gate: number;
  readonly input: MapShape;
  /** The stage's width before a bottleneck's expansion. */
  readonly width: number;
  readonly stride: number;
  /** The network's first block. */
  readonly first: boolean;
}

function buildBlock(spec: ArchitectureSpec, position: BlockPosition): BlockPlan {
  const { name, stage, index, gate, input } = position;
  const preActivated = spec.block.order === 'full-preactivation';
  const before = new LayerChain(input);
  if (preActivated && !position.first) before.norm(`${name}.bn1`).relu();
  const branch = branchLayers(spec, position);
  const after = new LayerChain(branch.shape);
  if (!preActivated) after.relu();
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
    after: after.layers,
  };
}

function branchLayers(spec: ArchitectureSpec, position: BlockPosition): LayerChain {
  const { name } = position;
  const preActivated = spec.block.order === 'full-preactivation';
  const branch = new LayerChain(position.input);
  const convs = branchConvs(spec, position);
  for (const [i, conv] of convs.entries()) {
    const last = i === convs.length - 1;
    // In pre-activated blocks batch norm and ReLU come before each convolution; the first pair
    // stands in `before`, because a projection shares it.
    if (preActivated && i > 0) branch.norm(`${name}.bn${i + 1}`).relu();
    if (last && spec.block.dropout > 0) branch.dropout(`${name}.dropout`, spec.block.dropout);
    branch.conv(`${name}.conv${i + 1}`, conv);
    if (!preActivated) {
      branch.norm(`${name}.bn${i + 1}`, last && spec.zeroInitLastScale);
      if (!last) branch.relu();
    }
  }
  return branch;
}

/** The convolutions of a branch; a bottleneck strides in its 3×3, as torchvision does ("v1.5"). */
function branchConvs(
  spec: ArchitectureSpec,
  { width, stride, stage }: BlockPosition,
): ConvOptions[] {
  const { kind, groups, baseWidth, expansion } = spec.block;
  switch (kind) {
    case 'basic':
      return [
        { channels: width, kernel: 3, stride, groups },
        { channels: width, kernel: 3, groups },
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
        { channels: inner, kernel: 3, stride, groups },
        { channels: width * expansion, kernel: 1 },
      ];
    }
  }
}

function shortcutFor(spec: ArchitectureSpec, at: BlockPosition, output: MapShape): Shortcut {
  const changesShape = at.stride !== 1 || at.input.channels !== output.channels;
  switch (spec.shortcut) {
    case 'none':
      return { kind: 'none' };
    case 'A': {
      if (!changesShape) return { kind: 'identity' };
      const extraChannels = output.channels - at.input.channels;
      if (extraChannels < 0) {
        throw inputError(
          'bad-shortcut',
          `Shortcut A can only add channels, but ${at.name} goes from ${at.input.channels} to ${output.channels}; use shortcut B or widen the stage.`,
          { path: `stages.${at.stage}.width` },
        );
      }
      return { kind: 'pad', stride: at.stride, extraChannels };
    }
    case 'B':
      return changesShape ? projection(spec, at, output) : { kind: 'identity' };
    case 'C':
      return projection(spec, at, output);
  }
}

function projection(spec: ArchitectureSpec, at: BlockPosition, output: MapShape): Shortcut {
  const preActivated = spec.block.order === 'full-preactivation';
  const chain = new LayerChain(at.input);
  chain.conv(`${at.name}.downsample.0`, {
    channels: output.channels,
    kernel: 1,
    stride: at.stride,
  });
  // A pre-activated block has nothing between the addition and the next block's batch norm.
  if (!preActivated) chain.norm(`${at.name}.downsample.1`);
  return { kind: 'projection', from: preActivated ? 'activated' : 'input', layers: chain.layers };
}
