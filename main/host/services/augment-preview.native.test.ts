// The real trainer behind the app's preview: its pixels are those of the step's own input functions.
import { expect, test } from 'vitest';
import { NAMED_AUGMENTATIONS } from '../../../shared/spec/augmentation.ts';
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
const indices = [7, 3, 50, 12];
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
  const pixels = new Uint8Array(indices.length * train.rowBytes);
  await train.readRows(Int32Array.from(indices), pixels);
  const labels = Int32Array.from(indices, (row) => train.labels[row] ?? 0);
  for (const name of ['standard', 'resized-crop', 'jitter', 'strong']) {
    const augmentation = NAMED_AUGMENTATIONS[name]!;
    const ask = { source, indices, rounds, seed: 5, augmentation };
    const shown = await app.ask('datasets.augmented', ask);
    const expected = Array.from({ length: rounds }, (_, round) =>
      augmentImages(
        { shape: [indices.length, 32, 32, 3], pixels, labels },
        {
          augmentation: toAugmentation(augmentation),
          normalization: normalizationFor(dataset, { kind: 'auto' }),
          classes: dataset.classes.length,
          seed: [5, round],
        },
      ),
    );
    expect(shown).toMatchObject({ count: rounds * indices.length, shape: { height: 32 } });
    expect(Buffer.concat(expected.map((made) => made.pixels)).equals(shown.pixels), name).toBe(
      true,
    );
    expect(Buffer.from(shown.pixels).subarray(0, pixels.length).equals(pixels), name).toBe(false);
  }
  expect(trainers).toHaveLength(1);
  await dataset.close();

  // An image that is not there is an answer, not an end.
  const wrong = {
    source,
    indices: [60],
    rounds: 1,
    seed: 1,
    augmentation: { kind: 'none' as const },
  };
  await expect(app.ask('datasets.augmented', wrong)).rejects.toMatchObject({
    code: 'no-such-image',
  });
  const none = await app.ask('datasets.augmented', { ...wrong, indices: [7, 3, 50, 12] });
  expect(Buffer.from(none.pixels).equals(pixels)).toBe(true);
  expect(trainers).toHaveLength(1);

  // Killed in between: told, and started anew.
  const { events } = app.follow('datasets.previewing', {});
  trainers[0]!.kill('SIGKILL');
  await expect.poll(() => events.at(-1), { timeout: 20_000 }).toMatchObject({ kind: 'died' });
  const again = await app.ask('datasets.augmented', { ...wrong, indices });
  expect(Buffer.from(again.pixels).equals(pixels)).toBe(true);
  expect(trainers).toHaveLength(2);

  // The host's end is its end.
  await app.services.close(0);
  expect((await trainers[1]!.ended).code).toBe(0);
}, 120_000);
