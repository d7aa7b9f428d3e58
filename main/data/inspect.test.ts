import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { inspectDataset } from './inspect.ts';
import { formatInspection } from './inspection-text.ts';
import { openDataset } from './open.ts';
import { createWorkspace, noisePng, png, type Workspace } from './testing/fixtures.ts';

// Each pack that is built is forced to the disk, which a busy disk makes wait.
vi.setConfig({ testTimeout: 30_000 });

let space: Workspace;
beforeEach(() => {
  space = createWorkspace();
});
afterEach(() => space.remove());

test('A broken folder is reported with files, and the text says the same.', async () => {
  const [one, two, three] = [1, 2, 3].map((seed) => noisePng(16, seed));
  space.write({
    'train/cat/1.png': one!,
    'train/cat/2.png': two!,
    'train/cat/3.png': noisePng(16, 4),
    'train/cat/cut.png': noisePng(16, 5).subarray(0, 200),
    'train/dog/1.png': two!,
    'train/empty/readme.txt': 'x',
    'val/cat/1.png': one!,
    'val/dog/1.png': three!,
    'val/dog/odd.png': png({ width: 40, height: 24 }, (x) => x),
  });
  const dataset = await openDataset({
    source: space.root,
    cacheFolder: space.cache,
    imageSize: 16,
    lenient: true,
  });
  const report = await inspectDataset(dataset);
  expect(report.classes).toEqual([
    { name: 'cat', counts: { train: 3, val: 1 } },
    { name: 'dog', counts: { train: 1, val: 2 } },
    { name: 'empty', counts: { train: 0, val: 0 } },
  ]);
  expect(report.imbalance).toEqual({
    ...{ ratio: 3, largest: 'cat', smallest: 'dog', empty: ['empty'] },
    tiny: [
      { name: 'cat', count: 3 },
      { name: 'dog', count: 1 },
    ],
  });
  expect(report.sizes).toEqual([
    { width: 16, height: 16, count: 6 },
    { width: 40, height: 24, count: 1 },
  ]);
  const named = (groups: typeof report.duplicates): string[][] =>
    groups.map((group) => group.map((image) => image.source));
  expect(named(report.duplicates)).toEqual([
    ['train/cat/2.png', 'train/dog/1.png'],
    ['train/cat/1.png', 'val/cat/1.png'],
  ]);
  expect(named(report.contradicting)).toEqual([['train/cat/2.png', 'train/dog/1.png']]);
  expect(named(report.acrossSplits)).toEqual([['train/cat/1.png', 'val/cat/1.png']]);

  const text = formatInspection(report).replace(/^fingerprint [0-9a-f]{64}$/m, 'fingerprint …');
  expect(text.replace(/mean .* std .*? {3}/, 'mean … ')).toBe(`set (folder), 16×16×3, 3 classes
fingerprint …

class    train      val
cat          3        1
dog          1        2
empty        0        0
all          4        3

mean … (train, per channel, 0 to 1)
image sizes: 16×16 (6), 40×24 (1)
1 of 3 classes has no image in any split: empty. The network gets an output for it all the same; if that is not meant, remove empty folders, or number the labels without gaps.
classes without training images: empty
classes with very few training images: cat (3), dog (1)
imbalance: "cat" has 3.0 times as many images as "dog"
files that could not be used: 1
  train/cat/cut.png is truncated: it ends before the PNG end mark
1 file is no image: train/empty/readme.txt
the same image under two labels: 1
  train/cat/2.png (train, cat) = train/dog/1.png (train, dog)
the same image in two splits: 1
  train/cat/1.png (train, cat) = val/cat/1.png (val, cat)
exact duplicates: 2
  train/cat/2.png (train, cat) = train/dog/1.png (train, dog)
  train/cat/1.png (train, cat) = val/cat/1.png (val, cat)
near duplicates: 0
near duplicates in two splits: 0
`);
});

test('A clean dataset has nothing to report.', async () => {
  const dataset = await openDataset({
    source: 'builtin:shapes?train=100&val=0',
    cacheFolder: space.cache,
  });
  const report = await inspectDataset(dataset);
  expect([report.duplicates, report.problems, report.imbalance.ratio]).toEqual([[], [], 1]);
  expect(report.splits).toEqual({ train: 90, val: 10 });
  expect(formatInspection(report)).toContain(
    '10 validation images are drawn from the training images (10 %, seed 0), at least 1 of each class.',
  );
  await dataset.close();
});

test('Of many small classes the text names the first ten; a single class is said.', async () => {
  for (let i = 0; i < 14; i++) space.write({ [`c${10 + i}/1.png`]: noisePng(8, i) });
  const options = { cacheFolder: space.cache, valFraction: 0, lenient: true };
  const many = formatInspection(
    await inspectDataset(await openDataset({ ...options, source: space.root })),
  );
  expect(many).toMatch(/very few training images: c10 \(1\),.* c19 \(1\) and 4 more\n/);
  space.write({ 'one/a/1.png': noisePng(8, 1) });
  const one = formatInspection(
    await inspectDataset(await openDataset({ ...options, source: space.path('one') })),
  );
  expect(one).toMatch(/, 1 class\n/);
  expect(one).toContain('There is only one class');
});

test.runIf(process.platform !== 'win32')(
  'A name with a line break is one line of the report.',
  async () => {
    space.write({
      'a\nb/1.png': noisePng(8, 1),
      'c\td/2.png': noisePng(8, 2),
      'c\td/x\ny.png': '',
    });
    const dataset = await openDataset({
      source: space.root,
      cacheFolder: space.cache,
      valFraction: 0,
    });
    const lines = formatInspection(await inspectDataset(dataset)).split('\n');
    const table = lines.filter((line) => / {2}1$/.test(line));
    expect(table.map((line) => line.slice(0, 4))).toEqual(['a\\nb', 'c\\td']);
    expect(new Set(table.map(({ length }) => length)).size).toBe(1);
    expect(lines.some((line) => line.includes('x\\ny.png'))).toBe(true);
  },
);
