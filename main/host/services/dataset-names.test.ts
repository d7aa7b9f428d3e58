import { expect, test } from 'vitest';
import { withDistinctNames } from './dataset-names.ts';

const card = (name: string, source: string, more: { side?: number; train?: number } = {}) => ({
  ...{ name, source, fingerprint: `${source}${more.side ?? ''}`.padEnd(64, 'f') },
  shape: { height: more.side ?? 32, width: more.side ?? 32, channels: 3 },
  counts: { train: more.train ?? 10, val: 0, test: 0 },
});
const namesOf = (...cards: ReturnType<typeof card>[]) =>
  withDistinctNames(cards).map(({ name }) => name);

test('Names that differ are left alone.', () => {
  expect(namesOf(card('cats', '/a/cats'), card('dogs', '/a/dogs'))).toEqual(['cats', 'dogs']);
});

test('Built-in data shows its options, and the plain one keeps its name.', () => {
  expect(
    namesOf(card('shapes', 'builtin:shapes'), card('shapes', 'builtin:shapes?train=200&val=50')),
  ).toEqual(['shapes', 'shapes (train=200, val=50)']);
});

test('Folders of one name show where they lie, the same folder twice its image size or number.', () => {
  expect(
    namesOf(
      card('photos', '/a/photos'),
      card('photos', '/b/photos'),
      card('photos', '/b/photos', { side: 64 }),
    ),
  ).toEqual(['photos (in /a)', 'photos (in /b, 32×32)', 'photos (in /b, 64×64)']);
  expect(namesOf(card('photos', '/b/photos'), card('photos', '/b/photos', { train: 11 }))).toEqual([
    'photos (10 images)',
    'photos (11 images)',
  ]);
});
