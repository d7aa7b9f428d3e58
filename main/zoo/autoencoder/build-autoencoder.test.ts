import { describe, expect, test } from 'vitest';
import { AutoencoderSpec } from '../../../shared/spec/autoencoder.ts';
import { AUTOENCODER_DEPTHS, autoencoderOfDepth } from '../families/autoencoders.ts';
import { weightsOf } from '../parameters.ts';
import { layersOf, unitNames } from '../plan.ts';
import { summarize } from '../summary.ts';
import { buildAutoencoder } from './build-autoencoder.ts';

const input = { height: 32, width: 32, channels: 3 };

describe.each(AUTOENCODER_DEPTHS)('the autoencoder of depth %i', (depth) => {
  const plan = buildAutoencoder(autoencoderOfDepth(depth), input);

  test('is so many layers deep and leads back to the size of the image', () => {
    expect(summarize(plan).depth).toBe(depth);
    expect(plan.decoder.end.at(-1)?.output).toEqual(input);
  });

  test('names every weight once, and every layer’s unit', () => {
    const names = weightsOf(plan).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const units = new Set(unitNames(plan));
    for (const { unit } of layersOf(plan)) expect(units).toContain(unit);
  });

  test('counts as many parameters in its summary as it has weights', () => {
    const trained = weightsOf(plan).filter((weight) => weight.trained);
    const count = trained.reduce(
      (sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1),
      0,
    );
    expect(summarize(plan).parameters).toBe(count);
  });
});

test('a stem that shrinks the image is undone by a block of its own', () => {
  const spec = AutoencoderSpec.parse({
    encoder: {
      stem: { kind: 'imagenet', width: 8 },
      stages: [
        { blocks: 1, width: 8 },
        { blocks: 1, width: 16, stride: 2 },
      ],
      block: { kind: 'basic' },
      shortcut: 'B',
    },
    decoderBlocks: [1, 1],
    latent: 4,
  });
  const { decoder } = buildAutoencoder(spec, { height: 64, width: 64, channels: 1 });
  expect(decoder.blocks.map(({ name }) => name)).toEqual([
    'decoder.layer1.0',
    'decoder.layer2.0',
    'decoder.layer3.0',
  ]);
  expect(decoder.end.at(-1)?.output).toEqual({ height: 64, width: 64, channels: 1 });
});

test('refuses what can’t be mirrored, with what to do', () => {
  const spec = autoencoderOfDepth(28);
  expect(() => buildAutoencoder({ ...spec, decoderBlocks: [2, 2] }, input)).toThrow(
    'decoderBlocks has 2 stages, the encoder 3; the decoder mirrors it, so make them equal.',
  );
  expect(() => buildAutoencoder(spec, { ...input, height: 30 })).toThrow(
    'resize the images to a multiple of 4',
  );
});
