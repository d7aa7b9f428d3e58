// The real trainer behind the app's preview: its pixels are those of the step's own input functions.
import { expect, test } from 'vitest';
import { NAMED_AUGMENTATIONS } from '../../../shared/spec/augmentation.ts';
import type { Split } from '../../data/dataset.ts';
import { openDataset } from '../../data/open.ts';
import { augmentImages } from '../../engine/network/augmented-images.ts';
import { toAugmentation } from '../../trainer/network-options.ts';
import { normalizationFor } from '../../trainer/prepared-data.ts';
import { failOnLeaks } from '../../engine/testing/leaks.ts';
import type { TrainerHandle } from '../trainer-launcher.ts';
import { testApp } from '../testing/app-fixture.ts';
import { temporaryFolder } from '../testing/host-fixtures.ts';
import { realParts } from '../testing/real-host.ts';

failOnLeaks();

const source = 'builtin:shapes?train=60&val=20';
const images = 4;
const rounds = 2;

function watchedParts() {
  const parts = realParts(temporaryFolder());
  const trainers: TrainerHandle[] = [];
  const { launcher } = parts;
  return {
    trainers,
    parts: {
      ...parts,
      launcher: {
        launch: (environment: Parameters<typeof launcher.launch>[0]) => {
          const trainer = launcher.launch(environment);
          trainers.push(trainer);
          return trainer;
        },
      },
    },
  };
}

test('A preview shows what a step of training makes of the same images with the same seed.', async () => {
  const { parts, trainers } = watchedParts();
  const app = testApp(parts);
  const dataset = await openDataset({ source, cacheFolder: parts.library.cacheFolder });
  const { train } = dataset.splits;
  const ask = {
    source,
    images,
    rounds,
    seed: 5,
    choice: 2,
    augmentation: { kind: 'none' } as const,
  };

  // Unchanged, the images are rows of the training split, whose labels the augmented ones are made with.
  const plain = await app.ask('datasets.augmented', ask);
  expect(plain).toMatchObject({ count: (1 + rounds) * images, shape: { height: 32, width: 32 } });
  const originals = Buffer.from(plain.pixels).subarray(0, images * train.rowBytes);
  for (const round of [1, 2]) {
    const column = plain.pixels.subarray(round * originals.length, (round + 1) * originals.length);
    expect(originals.equals(column)).toBe(true);
  }
  const labels = await labelsOf(train, originals);

  for (const name of ['standard', 'resized-crop', 'jitter', 'strong']) {
    const augmentation = NAMED_AUGMENTATIONS[name]!;
    const shown = await app.ask('datasets.augmented', { ...ask, augmentation });
    const expected = Array.from({ length: rounds }, (_, round) =>
      augmentImages(
        { shape: [images, 32, 32, 3], pixels: new Uint8Array(originals), labels },
        {
          augmentation: toAugmentation(augmentation),
          normalization: normalizationFor(dataset, { kind: 'auto' }),
          classes: dataset.classes.length,
          seed: [5, round],
        },
      ),
    );
    const columns = [originals, ...expected.map((made) => made.pixels)];
    expect(Buffer.concat(columns).equals(shown.pixels), name).toBe(true);
    expect(originals.equals(columns[1]!), name).toBe(false);
  }
  const others = await app.ask('datasets.augmented', { ...ask, choice: 3 });
  expect(originals.equals(others.pixels.subarray(0, originals.length))).toBe(false);
  await dataset.close();

  // Data that is not there is an answer, not an end.
  const wrong = { ...ask, source: 'builtin:nothing' };
  await expect(app.ask('datasets.augmented', wrong)).rejects.toMatchObject({
    code: 'unknown-builtin',
  });
  expect((await app.ask('datasets.augmented', ask)).pixels).toEqual(plain.pixels);
  expect(trainers).toHaveLength(1);

  // Killed in between: told, and started anew.
  const { events } = app.follow('datasets.previewing', {});
  trainers[0]!.kill('SIGKILL');
  await expect.poll(() => events.at(-1), { timeout: 20_000 }).toMatchObject({ kind: 'died' });
  expect((await app.ask('datasets.augmented', ask)).pixels).toEqual(plain.pixels);
  expect(trainers).toHaveLength(2);

  // The host's end is its end.
  await app.services.close(0);
  expect((await trainers[1]!.ended).code).toBe(0);
});

/** Of images that are rows of the split, found by their bytes. */
async function labelsOf(split: Split, wanted: Uint8Array): Promise<Int32Array> {
  const all = new Uint8Array(split.count * split.rowBytes);
  await split.readRows(
    Int32Array.from({ length: split.count }, (_, row) => row),
    all,
  );
  const rowOf = (pixels: Uint8Array, row: number): Buffer =>
    Buffer.from(pixels.subarray(row * split.rowBytes, (row + 1) * split.rowBytes));
  return Int32Array.from({ length: images }, (_, image) => {
    const found = split.labels.findIndex((_, row) => rowOf(all, row).equals(rowOf(wanted, image)));
    expect(found).toBeGreaterThanOrEqual(0);
    return split.labels[found]!;
  });
}
