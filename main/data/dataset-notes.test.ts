// What `train` says of its data before the first step, on real folders.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { notesOf } from './dataset-notes.ts';
import { openDataset, type OpenOptions } from './open.ts';
import { npy, writeNpz } from './testing/arrays.ts';
import { createWorkspace, noisePng, type Workspace } from './testing/fixtures.ts';

// Each pack that is built is forced to the disk, which a busy disk makes wait.
vi.setConfig({ testTimeout: 30_000 });

let space: Workspace;
beforeEach(() => {
  space = createWorkspace();
});
afterEach(() => space.remove());

async function notes(options: Partial<OpenOptions> = {}): Promise<string[]> {
  const dataset = await openDataset({ source: space.root, cacheFolder: space.cache, ...options });
  await dataset.close();
  return notesOf(dataset).map(({ code, text }) => `${code}: ${text}`);
}

test('Leaks, contradictions, classes without validation and unused files are a line each.', async () => {
  const [one, two] = [noisePng(8, 1), noisePng(8, 2)];
  space.write({
    'Train/cat/1.png': one,
    'Train/cat/2.png': two,
    'Train/dog/1.png': two,
    'Train/dog/cut.png': one.subarray(0, 60),
    'Train/loose.png': noisePng(8, 3),
    'Valid/cat/copy.png': one,
    'notes.txt': 'x',
  });
  expect(await notes()).toEqual([
    'leaks: 1 held-out image is in the training split too, so accuracy is too high, e.g. Valid/cat/copy.png = Train/cat/1.png.',
    'contradictions: 1 image has two labels, e.g. Train/cat/2.png and Train/dog/1.png.',
    'no-validation: 1 of 2 classes have no validation images: dog.',
    'problems: 1 file cannot be used: Train/dog/cut.png is truncated: it ends before the PNG end mark.',
    'unused: 1 file is no image: notes.txt.',
    'unused: 1 file is an image beside the class folders, so it has no class: Train/loose.png.',
  ]);
});

test('A drawn split keeps copies together and says the least that a class gets; by rules 1 it did not.', async () => {
  for (const label of ['a', 'b', 'c']) {
    for (let i = 0; i < 20; i++) {
      const picture = noisePng(8, label.charCodeAt(0) * 100 + i);
      space.write({ [`${label}/${i}x.png`]: picture, [`${label}/${i}y.png`]: picture });
    }
  }
  expect(await notes()).toEqual([
    'drawn-split: 12 validation images are drawn from the training images (10 %, seed 0), at least 4 of each class.',
  ]);
  const [leak] = await notes({ rules: 1 });
  expect(leak).toMatch(/^leaks: \d+ held-out images are/);
});

test('Classes without any image are counted apart from those without validation images.', async () => {
  const path = space.path('gaps.npz');
  const part = (labels: readonly number[], from: number) => [
    npy(
      { descr: '|u1', shape: [labels.length, 8, 8] },
      Uint8Array.from({ length: labels.length * 64 }, (_, i) => (i * 31 + from) % 251),
    ),
    npy({ descr: '<i4', shape: [labels.length] }, Int32Array.from(labels)),
  ];
  const [trainImages, trainLabels] = part([3, 3, 700], 0);
  const [valImages, valLabels] = part([3], 77);
  await writeNpz(path, {
    ...{ train_images: trainImages!, train_labels: trainLabels! },
    ...{ val_images: valImages!, val_labels: valLabels! },
  });
  const said = await notes({ source: path });
  expect(said.map((text) => text.split(':')[0])).toEqual(['empty-classes', 'no-validation']);
  expect(said[0]).toContain('699 of 701');
  expect(said[1]).toContain('1 of 701 classes have no validation images: 700.');
});
