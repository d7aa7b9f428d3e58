// Spec + input size + class count → network plan. All stage arithmetic (stride, widths, dilation, how
// often a block is trained) lives here; `build-block` knows only its own block.
import { inputError } from '../../shared/errors.ts';
import type { ArchitectureSpec, InputShape } from '../../shared/spec/architecture.ts';
import { orderOf } from './activation-order.ts';
import { buildDecoder } from './build-decoder.ts';
import { activate, buildBlock } from './build-block.ts';
import { LayerChain } from './layer-chain.ts';
import type { BlockPlan, MapShape, NetworkPlan } from './plan.ts';

export interface PlanOptions {
  readonly input: InputShape;
  readonly classes: number;
}

/**
 * Resolves a spec. The last layer of an autoencoder's encoder says a latent Gaussian, whatever classes the data
 * has.
 * @throws inputError `bad-input-shape`, `bad-classes`, `bad-width`, `bad-groups`, `bad-shortcut`,
 * `bad-dilation`, `bad-sampling`, `bad-decoder`
 */
export function buildPlan(spec: ArchitectureSpec, options: PlanOptions): NetworkPlan {
  const { decoder } = spec;
  if (decoder?.kind !== 'mirror') return buildNetwork(spec, options);
  const encoder = buildNetwork(spec, { ...options, classes: 2 * decoder.latent });
  return { ...encoder, decoder: buildDecoder(decoder, encoder) };
}

function buildNetwork(spec: ArchitectureSpec, options: PlanOptions): NetworkPlan {
  checkOptions(options);
  const input: MapShape = { ...options.input };
  const stem = stemLayers(spec, input);
  const survivals = survivalRates(spec);
  let shape = stem.shape;
  let dilation = 1;
  const blocks: BlockPlan[] = [];
  spec.stages.forEach((stage, stageIndex) => {
    checkStage(stage, { index: stageIndex, dilation });
    const width = scaledWidth(spec, stageIndex, stage.width);
    const widths = stage.widths?.map((base) => scaledWidth(spec, stageIndex, base));
    const ownDilation = stage.dilation ?? 1;
    for (let index = 0; index < stage.blocks; index++) {
      const block = buildBlock(spec, {
        name: `layer${stageIndex + 1}.${index}`,
        stage: stageIndex,
        index,
        gate: blocks.length,
        survival: survivals[blocks.length] ?? 1,
        input: shape,
        width,
        widths,
        stride: index === 0 ? stage.stride : 1,
        firstDilation: index === 0 ? dilation : ownDilation,
        dilation: ownDilation,
        first: blocks.length === 0,
      });
      blocks.push(block);
      shape = block.output;
    }
    dilation = ownDilation;
  });
  const head = new LayerChain(shape);
  activate(head, orderOf(spec.block).ahead, { name: 'norm', spec });
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
 * The same for all orders: a pre-activated network too has BN-ReLU after its first convolution and
 * before the first block's paths part (He et al. 2016, implementation details). Its first block
 * therefore has no `before`; so a CIFAR net's identity starts at an activation.
 */
function stemLayers(spec: ArchitectureSpec, input: MapShape): LayerChain {
  const { kind, width } = spec.stem;
  const chain = new LayerChain(input);
  const normalize = (name: string): LayerChain =>
    chain.norm(name, { groups: spec.groupNorm ?? undefined }).relu();
  switch (kind) {
    case 'cifar':
      chain.conv('conv1', { channels: width, kernel: 3 });
      return normalize('bn1');
    case 'imagenet':
      chain.conv('conv1', { channels: width, kernel: 7, stride: 2 });
      return normalize('bn1').maxPool(3, 2);
    case 'imagenet-d': {
      // timm's numbering of a sequence of convolution, normalization and ReLU.
      const half = Math.max(1, Math.floor(width / 2));
      chain.conv('conv1.0', { channels: half, kernel: 3, stride: 2 });
      normalize('conv1.1').conv('conv1.3', { channels: half, kernel: 3 });
      normalize('conv1.4').conv('conv1.6', { channels: width, kernel: 3 });
      return normalize('bn1').maxPool(3, 2);
    }
  }
}

/** How often each block's branch takes part in a training step, in depth order. */
function survivalRates({ stages, sampling }: ArchitectureSpec): number[] {
  const count = stages.reduce((sum, { blocks }) => sum + blocks, 0);
  const rate = (depth: number): number => {
    switch (sampling?.kind) {
      case undefined:
      case 'all':
        return 1;
      case 'stochastic-depth':
        return sampling.rule === 'uniform'
          ? sampling.survival
          : 1 - (depth / count) * (1 - sampling.survival);
      case 'exactly':
        return sampling.blocks / count;
    }
  };
  if (sampling?.kind === 'exactly' && sampling.blocks > count) {
    throw inputError(
      'bad-sampling',
      `sampling.blocks is ${sampling.blocks}, but the network has ${count} block${count === 1 ? '' : 's'} to choose from; lower it.`,
      { path: 'sampling.blocks' },
    );
  }
  return Array.from({ length: count }, (_, index) => rate(index + 1));
}

/** `dilation` is that of the stage before. */
function checkStage(
  stage: ArchitectureSpec['stages'][number],
  { index, dilation }: { readonly index: number; readonly dilation: number },
): void {
  if (stage.stride > 1 && dilation > 1) {
    throw inputError(
      'bad-dilation',
      `stages.${index}.stride is ${stage.stride}, but the stage before is dilated by ${dilation}: its maps were kept large on purpose; give it stride 1 and a dilation, or undo the dilation before it.`,
      { path: `stages.${index}.stride` },
    );
  }
  const last = stage.widths?.at(-1);
  if (last !== undefined && last !== stage.width) {
    throw inputError(
      'bad-width',
      `stages.${index}.widths end in ${last}, but the stage is ${stage.width} wide; its last convolution decides, so make the two equal.`,
      { path: `stages.${index}.widths` },
    );
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

function scaledWidth(spec: ArchitectureSpec, stage: number, base: number): number {
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
