import { expect, test } from 'vitest';
import type { DatasetReport } from '../../../shared/contract/app/datasets.ts';
import { findingsOf } from './findings.ts';

const clean: DatasetReport = {
  card: {
    fingerprint: 'f',
    name: 'pets',
    source: '/pets',
    shape: { height: 32, width: 32, channels: 3 },
    classes: ['cat', 'dog'],
    counts: { train: 20, val: 2, test: 0 },
    problemCount: 0,
    notes: [],
    layout: null,
    mergeClasses: false,
    pixelRules: { depth: 'full', ground: 'white', damaged: 'accept' },
    leftOutCount: 0,
    relabelledCount: 0,
    lastOpenedAt: '',
    isPresent: true,
  },
  kind: 'folder',
  classes: [
    { name: 'cat', train: 10, val: 1, test: 0 },
    { name: 'dog', train: 10, val: 1, test: 0 },
  ],
  splitOrigin: 'held out',
  layout: null,
  unused: [],
  imbalance: { ratio: 1, largest: 'cat', smallest: 'dog', empty: [], tiny: [] },
  sizes: [{ width: 32, height: 32, count: 22 }],
  problems: [],
  duplicates: [],
  duplicateCount: 0,
  acrossSplits: [],
  acrossSplitsCount: 0,
  contradicting: [],
  contradictingCount: 0,
  nearDuplicates: [],
  nearDuplicateCount: 0,
  oddSizes: [],
  oddSizeCount: 0,
  damaged: [],
  damagedCount: 0,
  transparent: [],
  transparentCount: 0,
  depth: null,
  leftOut: [],
  leftOutCount: 0,
  relabelled: [],
  relabelledCount: 0,
  keptCount: 0,
  data: { source: '/pets' },
  lastDecision: null,
  mean: [0.5, 0.5, 0.5],
  deviation: [0.2, 0.2, 0.2],
};

test('a clean dataset leaves nothing to do', () => {
  expect(findingsOf(clean)).toEqual([]);
});

test('what spoils results stands before what only matters a little', () => {
  const group = [
    { split: 'train' as const, index: 0, label: 0, source: 'cat/1.png' },
    { split: 'val' as const, index: 0, label: 1, source: 'dog/1.png' },
  ];
  const findings = findingsOf({
    ...clean,
    card: { ...clean.card, problemCount: 1 },
    problems: [{ source: 'cat/x.png', reason: 'is truncated' }],
    duplicates: [group],
    duplicateCount: 7,
    acrossSplits: [group],
    acrossSplitsCount: 1,
    sizes: [
      { width: 32, height: 32, count: 20 },
      { width: 64, height: 32, count: 2 },
    ],
  });
  expect(findings.map(({ id, count, more }) => ({ id, count, more }))).toEqual([
    { id: 'leaks', count: 1, more: 0 },
    { id: 'unreadable', count: 1, more: 0 },
    { id: 'duplicates', count: 7, more: 6 },
    { id: 'sizes', count: 2, more: 0 },
  ]);
  expect(findings[0]?.groups[0]?.[1]).toEqual({
    ...{ text: 'dog/1.png', path: 'dog/1.png', note: 'val · dog' },
  });
});

test('imbalance is only worth a word from three to one on', () => {
  const imbalance = { ...clean.imbalance, ratio: 2.9 };
  expect(findingsOf({ ...clean, imbalance })).toEqual([]);
  const strong = findingsOf({ ...clean, imbalance: { ...imbalance, ratio: 4.26 } });
  expect(strong[0]?.title).toBe('cat has 4.3 times as many images as dog');
});
