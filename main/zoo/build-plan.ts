// Spec + input size + class count → network plan. All stage arithmetic (stride, widths, which
// shortcut) lives here; a block function knows only its own block.
import { inputError } from '../../shared/errors.ts';
import type { ArchitectureSpec, InputShape } from '../../shared/spec/architecture.ts';
import type { BlockPlan, Layer, MapShape, NetworkPlan, Shortcut } from './plan.ts';

export interface PlanOptions {
  readonly input: InputShape;
  readonly classes: number;
}

/**
 * Resolves a spec.
 * @throws inputError `input-too-small`, `bad-groups`, `bad-shortcut`, `bad-classes`
 */
export function buildPlan(spec: ArchitectureSpec, options: PlanOptions): NetworkPlan {
  const input: MapShape = { ...options.input };
  if (!Number.isInteger(options.classes) || options.classes < 2) {
    throw inputError(
      'bad-classes',
      `A classifier needs at least 2 classes, not ${options.classes}.`,
      { path: 'classes' },
    );
  }
  const preActivated = spec.block.order === 'full-preactivation';
  const stem = stemLayers(spec, input, preActivated);
  let shape = outputOf(stem, input);
  const blocks: BlockPlan[] = [];
  spec.stages.forEach((stage, stageIndex) => {
    const width = Math.round(stage.width * spec.widthMultiplier);
    for (let index = 0; index < stage.blocks; index++) {
      const block = buildBlock(spec, {
        name: `layer${stageIndex + 1}.${index}`,
        stage: stageIndex,
        index,
        gate: blocks.length,
        input: shape,
        width,
        stride: index === 0 ? stage.stride : 1,
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
    stem: { name: 'stem', layers: stem },
    blocks,
    head: { name: 'head', layers: head.layers },
  };
}

function stemLayers(spec: ArchitectureSpec, input: MapShape, preActivated: boolean): Layer[] {
  const { kind, width } = spec.stem;
  const chain = new LayerChain(input);
  switch (kind) {
    case 'cifar':
      chain.conv('conv1', { channels: width, kernel: 3 });
      if (!preActivated) chain.norm('bn1').relu();
      return chain.layers;
    case 'imagenet':
      chain.conv('conv1', { channels: width, kernel: 7, stride: 2 });
      if (!preActivated) chain.norm('bn1').relu();
      return chain.maxPool(3, 2).layers;
  }
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
}

function buildBlock(spec: ArchitectureSpec, position: BlockPosition): BlockPlan {
  const { name, stage, index, gate, input } = position;
  const preActivated = spec.block.order === 'full-preactivation';
  const before = new LayerChain(input);
  if (preActivated) before.norm(`${name}.bn1`).relu();
  const branch = new LayerChain(input);
  for (const [i, conv] of branchConvs(spec, position).entries()) {
    const last = i === branchConvs(spec, position).length - 1;
    // In pre-activated blocks batch norm and ReLU come before each convolution; the first pair
    // stands in `before`, because a projection may share it.
    if (preActivated && i > 0) branch.norm(`${name}.bn${i + 1}`).relu();
    if (last && spec.block.dropout > 0) branch.dropout(`${name}.dropout`, spec.block.dropout);
    branch.conv(`${name}.conv${i + 1}`, conv);
    if (!preActivated) {
      branch.norm(`${name}.bn${i + 1}`, last && spec.zeroInitLastScale);
      if (!last) branch.relu();
    }
  }
  const output = branch.shape;
  const after = new LayerChain(output);
  if (!preActivated) after.relu();
  return {
    name,
    stage,
    index,
    gate,
    input,
    output,
    before: before.layers,
    branch: branch.layers,
    shortcut: shortcutFor(spec, position, output),
    after: after.layers,
  };
}

interface ConvOptions {
  readonly channels: number;
  readonly kernel: number;
  readonly stride?: number;
  readonly groups?: number;
}

/** The convolutions of a branch; a bottleneck strides in its 3×3, as torchvision does ("v1.5"). */
function branchConvs(spec: ArchitectureSpec, { width, stride }: BlockPosition): ConvOptions[] {
  const { kind, groups, baseWidth, expansion } = spec.block;
  switch (kind) {
    case 'basic':
      return [
        { channels: width, kernel: 3, stride, groups },
        { channels: width, kernel: 3, groups },
      ];
    case 'bottleneck': {
      const inner = Math.floor((width * baseWidth) / 64) * groups;
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

function outputOf(layers: readonly Layer[], input: MapShape): MapShape {
  return layers.at(-1)?.output ?? input;
}

/** Appends layers, carrying the shape along and refusing what cannot be. */
class LayerChain {
  readonly layers: Layer[] = [];
  shape: MapShape;

  constructor(input: MapShape) {
    this.shape = input;
  }

  conv(name: string, { channels, kernel, stride = 1, groups = 1 }: ConvOptions): this {
    const padding = (kernel - 1) / 2;
    if (this.shape.channels % groups !== 0 || channels % groups !== 0) {
      throw inputError(
        'bad-groups',
        `${name} cannot split ${this.shape.channels} input and ${channels} output channels into ${groups} groups; choose a divisor of both.`,
        { path: 'block.groups', details: { layer: name, groups } },
      );
    }
    const output = { ...slide(name, this.shape, { kernel, stride, padding }), channels };
    return this.add({
      op: 'conv',
      name,
      kernel,
      stride,
      padding,
      groups,
      input: this.shape,
      output,
    });
  }

  norm(name: string, zeroInit = false): this {
    return this.add({ op: 'norm', name, zeroInit, input: this.shape, output: this.shape });
  }

  relu(): this {
    return this.add({ op: 'relu', input: this.shape, output: this.shape });
  }

  dropout(name: string, rate: number): this {
    return this.add({ op: 'dropout', name, rate, input: this.shape, output: this.shape });
  }

  maxPool(kernel: number, stride: number): this {
    const padding = (kernel - 1) / 2;
    const output = {
      ...slide('max pooling', this.shape, { kernel, stride, padding }),
      channels: this.shape.channels,
    };
    return this.add({ op: 'max-pool', kernel, stride, padding, input: this.shape, output });
  }

  globalPool(): this {
    const output = { height: 1, width: 1, channels: this.shape.channels };
    return this.add({ op: 'global-average-pool', input: this.shape, output });
  }

  linear(name: string, features: number): this {
    const output = { height: 1, width: 1, channels: features };
    return this.add({ op: 'linear', name, input: this.shape, output });
  }

  private add(layer: Layer): this {
    this.layers.push(layer);
    this.shape = layer.output;
    return this;
  }
}

/** Output size of a sliding window, PyTorch's floor convention. */
function slide(
  name: string,
  input: MapShape,
  { kernel, stride, padding }: { kernel: number; stride: number; padding: number },
): { height: number; width: number } {
  const along = (size: number): number => Math.floor((size + 2 * padding - kernel) / stride) + 1;
  const height = along(input.height);
  const width = along(input.width);
  if (height < 1 || width < 1) {
    throw inputError(
      'input-too-small',
      `${name} gets a ${input.height}×${input.width} map, too small for its ${kernel}×${kernel} window with stride ${stride}; use larger images or fewer strided stages.`,
      { path: 'stages', details: { layer: name } },
    );
  }
  return { height, width };
}
