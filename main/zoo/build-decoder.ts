// The decoder of an autoencoder: from the encoder's plan, which is any residual network's, to basic blocks that
// mirror its stages. Pure.
import { inputError } from '../../shared/errors.ts';
import type { ArchitectureSpec } from '../../shared/spec/architecture.ts';
import type { MirrorSpec } from '../../shared/spec/autoencoder.ts';
import { LayerChain } from './layer-chain.ts';
import type { BlockPlan, DecoderPlan, MapShape, NetworkPlan, Shortcut } from './plan.ts';

/**
 * Shortcuts, group norm and the last scale are the encoder's, so that a plain twin is plain on both sides.
 * @throws inputError `bad-decoder` where the decoder's stages do not mirror the encoder's, or the image's size
 * is no multiple of what the encoder shrinks it by
 */
export function buildDecoder(
  { latent, likelihood, blocks }: MirrorSpec,
  encoder: NetworkPlan,
): DecoderPlan {
  const { stages } = encoder.spec;
  const counts = blocks ?? stages.map((stage) => stage.blocks).reverse();
  if (counts.length !== stages.length) {
    throw inputError(
      'bad-decoder',
      `decoder.blocks has ${counts.length} stages, the encoder ${stages.length}; the decoder mirrors it, so make them equal, or leave decoder.blocks out.`,
      { path: 'decoder.blocks' },
    );
  }
  const last = encoder.blocks.at(-1);
  if (!last) throw new Error('The encoder has no blocks.');
  const map = last.output;
  requireMultiple(encoder.input, map);
  const groups = encoder.spec.groupNorm ?? undefined;
  const sample = new LayerChain({ height: 1, width: 1, channels: latent });
  sample.linear('decoder.fc', map.height * map.width * map.channels);
  const [start] = sample.layers;
  if (start?.op !== 'linear') throw new Error('A decoder begins with a linear layer.');
  const activation = new LayerChain(map).norm('decoder.bn1', { groups }).relu();
  const decoderBlocks = decoderBlockPlans(encoder, counts, map);
  const end = new LayerChain(decoderBlocks.at(-1)?.output ?? map);
  end.conv('decoder.conv', { channels: encoder.input.channels, kernel: 3, bias: 0 });
  return {
    ...{ latent, likelihood, start, map },
    activation: activation.layers,
    blocks: decoderBlocks,
    end: end.layers,
  };
}

/** From the last stage to the first; the first block of a stage undoes its stride. */
function decoderBlockPlans(
  encoder: NetworkPlan,
  counts: readonly number[],
  map: MapShape,
): BlockPlan[] {
  const blocks: BlockPlan[] = [];
  let shape = map;
  counts.forEach((count, place) => {
    const stage = counts.length - 1 - place;
    const entry = encoder.blocks.find((block) => block.stage === stage);
    if (!entry) throw new Error(`The encoder has no stage ${stage}.`);
    for (let index = 0; index < count; index++) {
      const block = decoderBlock(encoder.spec, {
        name: `decoder.layer${place + 1}.${index}`,
        place: { stage: place, index, gate: encoder.blocks.length + blocks.length },
        input: shape,
        stride: index === 0 ? Math.round(entry.input.height / entry.output.height) : 1,
        channels: entry.input.channels,
      });
      blocks.push(block);
      shape = block.output;
    }
  });
  // A stem that shrinks the image is undone by one more block.
  const stemStride = Math.round(encoder.input.height / shape.height);
  if (stemStride > 1) {
    const place = { stage: counts.length, index: 0, gate: encoder.blocks.length + blocks.length };
    const name = `decoder.layer${counts.length + 1}.0`;
    blocks.push(
      decoderBlock(encoder.spec, {
        name,
        place,
        input: shape,
        stride: stemStride,
        channels: shape.channels,
      }),
    );
  }
  return blocks;
}

/**
 * conv-BN-ReLU-conv-BN, ReLU after the addition (He et al. 2015); where the map grows, the first convolution is
 * a transposed 3×3 and the shortcut a transposed convolution as large as its stride, so that none of its pixels
 * are left out, with batch norm.
 */
function decoderBlock(
  spec: ArchitectureSpec,
  at: {
    readonly name: string;
    readonly place: Pick<BlockPlan, 'stage' | 'index' | 'gate'>;
    readonly input: MapShape;
    readonly stride: number;
    readonly channels: number;
  },
): BlockPlan {
  const { name, place, input, stride, channels } = at;
  const branch = new LayerChain(input);
  if (stride > 1) {
    const kernel = Math.max(3, stride);
    branch.transposedConv(`${name}.conv1`, { channels, kernel, stride });
  } else {
    branch.conv(`${name}.conv1`, { channels, kernel: 3 });
  }
  const groups = spec.groupNorm ?? undefined;
  branch.norm(`${name}.bn1`, { groups }).relu();
  branch.conv(`${name}.conv2`, { channels, kernel: 3 });
  branch.norm(`${name}.bn2`, { groups, zeroInit: spec.zeroInitLastScale });
  const output = branch.shape;
  return {
    name,
    ...place,
    input,
    output,
    before: [],
    branch: branch.layers,
    shortcut: shortcutOf(spec, { name, input, output, stride }),
    merge: { kind: 'add' },
    survival: 1,
    after: new LayerChain(output).relu().layers,
  };
}

function shortcutOf(
  spec: ArchitectureSpec,
  at: {
    readonly name: string;
    readonly input: MapShape;
    readonly output: MapShape;
    readonly stride: number;
  },
): Shortcut {
  const { name, input, output, stride } = at;
  const { channels } = output;
  if (spec.shortcut === 'none') return { kind: 'none' };
  if (stride === 1 && input.channels === channels) return { kind: 'identity' };
  const groups = spec.groupNorm ?? undefined;
  const chain = new LayerChain(input);
  if (stride > 1) chain.transposedConv(`${name}.upsample.0`, { channels, kernel: stride, stride });
  else chain.conv(`${name}.upsample.0`, { channels, kernel: 1 });
  return {
    kind: 'projection',
    from: 'input',
    layers: chain.norm(`${name}.upsample.1`, { groups }).layers,
  };
}

/** A decoder doubles; what was rounded away on the way down can't come back. */
function requireMultiple(input: MapShape, map: MapShape): void {
  for (const side of ['height', 'width'] as const) {
    const factor = Math.ceil(input[side] / map[side]);
    if (map[side] * factor === input[side] && isPowerOfTwo(factor)) continue;
    throw inputError(
      'bad-decoder',
      `The encoder shrinks images ${input[side]} pixels in ${side} to ${map[side]}, which no doubling leads back from; resize the images to a multiple of ${2 ** Math.ceil(Math.log2(factor))}.`,
      { path: `input.${side}` },
    );
  }
}

function isPowerOfTwo(value: number): boolean {
  return Number.isInteger(Math.log2(value));
}
