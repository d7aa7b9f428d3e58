// An autoencoder's pictures, of a small network with drawn weights: what must be equal is, the same question has the
// same answer, and another seed other samples.
import { expect, test } from 'vitest';
import { createRng } from '../../../shared/rng.ts';
import { ProbeSpec } from '../../../shared/contract/probes.ts';
import { bytesOfBase64 } from '../../../shared/figures/palette-png.ts';
import { drawFinding } from '../../../shared/figures/finding-figure.ts';
import { ArchitectureSpec } from '../../../shared/spec/architecture.ts';
import { initialWeights } from '../../engine/network/initialize.ts';
import { failOnLeaks } from '../../engine/testing/leaks.ts';
import { buildPlan } from '../../zoo/build-plan.ts';
import type { ProbeContext } from '../probe/context.ts';
import { findPictures } from './findings.ts';
import { probePictures } from './probe.ts';

failOnLeaks();

const [SIDE, COUNT, CHANNELS] = [8, 40, 3];
const SIZE = SIDE * SIDE * CHANNELS;
const random = createRng(5, 'pictures test');
const images = Uint8Array.from({ length: COUNT * SIZE }, () => random.below(256));

function contextOf(likelihood: 'bernoulli' | 'gaussian'): ProbeContext {
  const spec = ArchitectureSpec.parse({
    stem: { kind: 'cifar', width: 4 },
    stages: [
      { blocks: 1, width: 4 },
      { blocks: 1, width: 6, stride: 2 },
    ],
    block: { kind: 'basic' },
    shortcut: 'B',
    decoder: { kind: 'mirror', latent: 5, likelihood: { kind: likelihood } },
  });
  const input = { height: SIDE, width: SIDE, channels: CHANNELS };
  const plan = buildPlan(spec, { input, classes: 10 });
  return {
    plan,
    weights: initialWeights(plan, 3),
    normalization: { mean: [0.5, 0.5, 0.5], deviation: [0.3, 0.3, 0.3] },
    seed: 0,
    classNames: [],
    images: () => ({
      split: 'val',
      count: COUNT,
      labels: new Int32Array(COUNT),
      read: (rows) => {
        const found = new Uint8Array(rows.length * SIZE);
        rows.forEach((row, i) =>
          found.set(images.subarray(row * SIZE, (row + 1) * SIZE), i * SIZE),
        );
        return Promise.resolve(found);
      },
    }),
    report: () => Promise.resolve(),
  };
}

async function picturesOf(likelihood: 'bernoulli' | 'gaussian', seed = 0) {
  const spec = ProbeSpec.parse({
    ...{ kind: 'pictures', images: 12, samples: 35, walks: 2, steps: 4, seed },
  });
  if (spec.kind !== 'pictures') throw new Error('It is another probe.');
  return await probePictures(contextOf(likelihood), spec);
}

test.each(['bernoulli', 'gaussian'] as const)(
  'walks of a %s decoder begin and end at what is rebuilt',
  async (likelihood) => {
    const found = await picturesOf(likelihood);
    const rebuilt = bytesOfBase64(found.rebuilt);
    const walks = bytesOfBase64(found.walks.pixels);
    expect(rebuilt).toHaveLength(12 * SIZE);
    const picture = (bytes: Uint8Array, i: number) => bytes.slice(i * SIZE, (i + 1) * SIZE);
    expect(picture(rebuilt, 0)).not.toEqual(picture(rebuilt, 1));
    for (const walk of [0, 1]) {
      expect(picture(walks, walk * 4)).toEqual(picture(rebuilt, walk));
      expect(picture(walks, walk * 4 + 3)).toEqual(picture(rebuilt, walk + 1));
    }
  },
);

test('the same question has the same answer, another seed other samples of the same images', async () => {
  const [first, again, other] = [
    await picturesOf('bernoulli'),
    await picturesOf('bernoulli'),
    await picturesOf('bernoulli', 1),
  ];
  expect(again).toEqual(first);
  expect(other.samples.pixels).not.toBe(first.samples.pixels);
  expect(other.rebuilt).toBe(first.rebuilt);
});

test('figures hold every picture, images above what was rebuilt of them', async () => {
  const values = await picturesOf('bernoulli');
  const { figures } = findPictures(values);
  const drawn = figures.map((figure) => drawFinding(figure).split('<image').length - 1);
  expect(drawn).toEqual([24, 35, 8]);
  const [pairs] = figures;
  if (pairs?.kind !== 'images') throw new Error('It is another figure.');
  expect(pairs.rows.map(({ name }) => name)).toEqual(['image', 'rebuilt', 'image', 'rebuilt']);
  const place = (row: number, column: number) => one(pairs.rows[row]?.pixels ?? '', column);
  const one = (sheet: string, i: number) => bytesOfBase64(sheet).slice(i * SIZE, (i + 1) * SIZE);
  expect(place(2, 1)).toEqual(one(values.originals, 11));
  expect(place(3, 1)).toEqual(one(values.rebuilt, 11));
});
