import { describe, expect, test } from 'vitest';
import { ArchitectureSpec } from '../../shared/spec/architecture.ts';
import { buildPlan } from './build-plan.ts';
import { residualAutoencoders } from './families/autoencoders.ts';
import { weightsOf } from './parameters.ts';
import { plainTwin } from './parse-architecture.ts';
import { layersOf, unitNames, type DecoderPlan } from './plan.ts';
import { getArchitecture } from './registry.ts';
import { summarize } from './summary.ts';

const input = { height: 32, width: 32, channels: 3 };

function planOf(spec: ArchitectureSpec, shape = input) {
  const plan = buildPlan(spec, { input: shape, classes: 10 });
  const { decoder } = plan;
  if (!decoder) throw new Error('It has no decoder.');
  return { ...plan, decoder: decoder satisfies DecoderPlan };
}

describe.each(residualAutoencoders)('$title', ({ name }) => {
  const plan = planOf(getArchitecture(name).spec);

  test('is so many layers deep and leads back to the size of the image', () => {
    expect(`vae${summarize(plan).depth}`).toBe(name);
    expect(plan.decoder.end.at(-1)?.output).toEqual(input);
  });

  test('says the latent Gaussian, whatever classes the data has', () => {
    expect(plan.classes).toBe(512);
    expect(plan.head.layers.at(-1)?.output.channels).toBe(512);
  });

  test('names every weight once, and every layer’s unit', () => {
    const names = weightsOf(plan).map(({ name: weight }) => weight);
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

const small = {
  stem: { kind: 'imagenet', width: 8 },
  stages: [
    { blocks: 1, width: 8 },
    { blocks: 2, width: 16, stride: 2 },
  ],
  block: { kind: 'basic' },
  shortcut: 'B',
  decoder: { kind: 'mirror', latent: 4 },
} as const;

test('a stem that shrinks the image is undone by a block of its own', () => {
  const { decoder } = planOf(ArchitectureSpec.parse(small), { height: 64, width: 64, channels: 1 });
  expect(decoder.blocks.map(({ name }) => name)).toEqual([
    // As many as the encoder has there, last stage first.
    'decoder.layer1.0',
    'decoder.layer1.1',
    'decoder.layer2.0',
    'decoder.layer3.0',
  ]);
  expect(decoder.end.at(-1)?.output).toEqual({ height: 64, width: 64, channels: 1 });
});

test('a plain twin is plain on both sides', () => {
  const { blocks, decoder } = planOf(plainTwin(getArchitecture('vae28').spec));
  for (const { shortcut } of [...blocks, ...decoder.blocks]) expect(shortcut.kind).toBe('none');
});

test('group norm and the last scale are the encoder’s', () => {
  const spec = ArchitectureSpec.parse({ ...small, groupNorm: 4, zeroInitLastScale: true });
  const { decoder } = planOf(spec, { height: 64, width: 64, channels: 3 });
  const norms = decoder.blocks.flatMap(({ branch }) =>
    branch.flatMap((layer) => (layer.op === 'group-norm' ? [layer.zeroInit] : [])),
  );
  expect(norms).toEqual(decoder.blocks.flatMap(() => [false, true]));
});

test('refuses what can’t be mirrored, with what to do', () => {
  const { spec } = getArchitecture('vae28');
  const decoder = { kind: 'mirror', latent: 4, blocks: [2, 2] } as const;
  expect(() => planOf(ArchitectureSpec.parse({ ...spec, decoder }))).toThrow(
    'decoder.blocks has 2 stages, the encoder 3; the decoder mirrors it, so make them equal',
  );
  expect(() => planOf(spec, { ...input, height: 30 })).toThrow(
    'resize the images to a multiple of 4',
  );
});
