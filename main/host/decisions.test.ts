import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { decisionsCsv } from '../../shared/contract/app/decisions.ts';
import { DataSpec } from '../../shared/spec/run.ts';
import { keepDecisions } from '../data/decisions.ts';
import { openDataset } from '../data/open.ts';
import { createWorkspace, noisePng, type Workspace } from '../data/testing/fixtures.ts';
import { openLibrary, type Library } from '../store/library.ts';
import {
  currentDecisions,
  decisionsNow,
  filesOfFinding,
  keptFiles,
  leftOutFiles,
  requireImages,
  restoreFiles,
  withCurrentDecisions,
} from './decisions.ts';
import { parseDecisionsCsv } from './decisions-csv.ts';
import { inspectData, outlineData } from './dataset-outline.ts';

let space: Workspace;
let library: Library;
beforeEach(() => {
  space = createWorkspace();
  library = openLibrary(space.path('..', 'home'));
  for (const name of ['a', 'b']) {
    for (let i = 0; i < 6; i++)
      space.write({ [`${name}/${i}.png`]: noisePng(16, i + (name === 'a' ? 0 : 50)) });
  }
  space.write({ 'a/5.png': noisePng(16, 4) }); // twins
});
afterEach(() => {
  library.close();
  space.remove();
});

const options = () => ({ cacheFolder: library.cacheFolder });
const spec = (more: object = {}) => DataSpec.parse({ source: space.root, ...more });
const leaveOut = (...files: string[]): void =>
  library.decisions.decide(space.root, { files, kind: 'leave-out', reason: 'test' });

test('What is left out is in no split, is listed, and makes another fingerprint; undone, all is as before.', async () => {
  const before = await outlineData(spec(), options());
  leaveOut('a/0.png');
  leaveOut('b/1.png', 'b/2.png');
  const data = await withCurrentDecisions(library, spec());
  const { document, text } = await inspectData(data, options());
  const total = Object.values(document.splits).reduce((sum, count) => sum + count, 0);
  expect(total).toBe(9);
  expect(document.leftOut.map(({ source, label, width }) => [source, label, width])).toEqual([
    ['a/0.png', 0, 16],
    ['b/1.png', 1, 16],
    ['b/2.png', 1, 16],
  ]);
  expect(text).toContain('left out by decision (data leave-out): 3');
  expect(document.fingerprint).not.toBe(before.fingerprint);
  expect(library.decisions.undo(space.root)).toHaveLength(2);
  expect(leftOutFiles(library, space.root)).toEqual(['a/0.png']);
  library.decisions.undo(space.root);
  expect(library.decisions.undo(space.root)).toEqual([]);
  expect(await withCurrentDecisions(library, spec())).toEqual(spec());
  expect((await outlineData(spec(), options())).fingerprint).toBe(before.fingerprint);
});

test('The rows that stay keep their pixels, labels, names and statistics, whatever was left out.', async () => {
  const whole = await openDataset({ source: space.root, ...options(), valFraction: 0 });
  const decisions = await keepDecisions(
    library.cacheFolder,
    ['a/0.png', 'a/3.png', 'b/5.png'].map((file) => ({ file, kind: 'leave-out' })),
  );
  const part = await openDataset({
    source: space.root,
    ...options(),
    decisions,
    valFraction: 0,
  });
  const { train } = part.splits;
  expect(train.count).toBe(9);
  const sums = [0, 0, 0];
  for (let row = 0; row < train.count; row++) {
    const at =
      Array.from({ length: 12 }, (_, i) => i).find(
        (i) => whole.splits.train.sourceOf(i) === train.sourceOf(row),
      ) ?? -1;
    const [mine, theirs] = [new Uint8Array(train.rowBytes), new Uint8Array(train.rowBytes)];
    await train.readRows(Int32Array.of(row), mine);
    await whole.splits.train.readRows(Int32Array.of(at), theirs);
    expect(mine).toEqual(theirs);
    expect(train.labels[row]).toBe(whole.splits.train.labels[at]);
    mine.forEach((value, i) => (sums[i % 3] = (sums[i % 3] ?? 0) + value));
  }
  part.statistics.mean.forEach((mean, c) => {
    expect(mean).toBeCloseTo((sums[c] ?? 0) / (9 * 256 * 255), 12);
  });
  await part.close();
  await whole.close();
});

test('A run that recorded a version keeps it, whatever is decided later; none means all images.', async () => {
  leaveOut('a/0.png');
  const first = await withCurrentDecisions(library, spec());
  leaveOut('a/1.png');
  expect(await withCurrentDecisions(library, first)).toEqual(first);
  expect((await outlineData(first, options())).leftOut).toBe(1);
  expect((await outlineData(await withCurrentDecisions(library, spec()), options())).leftOut).toBe(
    2,
  );
  const none = await withCurrentDecisions(library, spec({ decisions: 'none' }));
  expect((await outlineData(none, options())).leftOut).toBe(0);
});

test('The same decisions in another order are the same version.', async () => {
  leaveOut('a/0.png', 'b/1.png');
  const version = await currentDecisions(library, space.root);
  restoreFiles(library, space.root, 'all');
  leaveOut('b/1.png');
  leaveOut('a/0.png');
  expect(await currentDecisions(library, space.root)).toBe(version);
});

test('Restoring is a decision too, and can be undone.', () => {
  leaveOut('a/0.png', 'a/1.png');
  restoreFiles(library, space.root, ['a/0.png']);
  expect(leftOutFiles(library, space.root)).toEqual(['a/1.png']);
  expect(() => restoreFiles(library, space.root, ['a/0.png'])).toThrow('Nothing was decided');
  library.decisions.undo(space.root);
  expect(leftOutFiles(library, space.root)).toEqual(['a/0.png', 'a/1.png']);
});

test('A finding keeps one of each group; a name that no image has is refused.', async () => {
  const whole = await openDataset({ source: space.root, ...options() });
  const proposed = await filesOfFinding('duplicates', whole);
  await whole.close();
  expect(proposed).toHaveLength(1);
  leaveOut(...proposed);
  const rest = await inspectData(await withCurrentDecisions(library, spec()), options());
  expect(rest.document.duplicates).toEqual([]);
  const dataset = await openDataset({ source: space.root, ...options() });
  expect(() => requireImages(dataset, ['a/55.png'])).toThrow('Did you mean a/5.png');
  await dataset.close();
});

test.each([
  ['missing', undefined, 'decisions-missing'],
  ['cut off', '{"format":1,', 'decisions-unreadable'],
  [
    'of a later version',
    '{"format":1,"decisions":[{"file":"a","kind":"blur"}]}',
    'decisions-unreadable',
  ],
])('A list that is %s is said, and nothing is trained on other data.', async (_, text, code) => {
  const folder = join(library.folder, 'decisions');
  mkdirSync(folder, { recursive: true });
  if (text !== undefined) writeFileSync(join(folder, '0123456789abcdef.json'), text);
  const wanted = outlineData(spec({ decisions: '0123456789abcdef' }), options());
  await expect(wanted).rejects.toMatchObject({ code });
});

test('No file of the dataset is touched.', () => {
  const before = readFileSync(space.path('a/0.png'));
  leaveOut('a/0.png');
  expect(readFileSync(space.path('a/0.png'))).toEqual(before);
});

const relabel = (className: string, ...files: string[]): void =>
  library.decisions.decide(space.root, {
    files,
    kind: 'relabel',
    value: className,
    reason: 'test',
  });

test('A relabelled image counts under its new class, makes another fingerprint, and is undone alone.', async () => {
  const before = await outlineData(spec(), options());
  relabel('b', 'a/0.png');
  leaveOut('a/1.png');
  const both = await inspectData(await withCurrentDecisions(library, spec()), options());
  expect(both.document.relabelled).toMatchObject([{ source: 'a/0.png', from: 0, to: 1 }]);
  expect(both.text).toContain('a/0.png (train, a → b)');
  const whole = await inspectData(
    await withCurrentDecisions(library, spec({ valFraction: 0.5 })),
    options(),
  );
  expect(
    whole.document.classes.map(({ counts }) => (counts.train ?? 0) + (counts.val ?? 0)),
  ).toEqual([4, 7]);
  library.decisions.undo(space.root);
  const one = await outlineData(await withCurrentDecisions(library, spec()), options());
  expect(new Set([before, both.document, one].map(({ fingerprint }) => fingerprint)).size).toBe(3);
  library.decisions.undo(space.root);
  expect(await withCurrentDecisions(library, spec())).toEqual(spec());
});

test('The newest decision of a file holds; restoring ends all of them; its own class is no change.', async () => {
  relabel('b', 'a/0.png');
  leaveOut('a/0.png');
  expect(leftOutFiles(library, space.root)).toEqual(['a/0.png']);
  relabel('a', 'a/0.png');
  const same = await outlineData(await withCurrentDecisions(library, spec()), options());
  expect(same.fingerprint).toBe((await outlineData(spec(), options())).fingerprint);
  restoreFiles(library, space.root, ['a/0.png']);
  expect(decisionsNow(library, space.root)).toEqual([]);
});

test('A class that the dataset does not have is refused where images are read.', async () => {
  relabel('zebra', 'a/0.png');
  const data = await withCurrentDecisions(library, spec());
  await expect(outlineData(data, options())).rejects.toMatchObject({ code: 'no-such-class' });
});

test('What was found right changes no run, and no finding offers it again.', async () => {
  library.decisions.decide(space.root, { files: ['a/5.png'], kind: 'keep', reason: 'twin' });
  expect(await withCurrentDecisions(library, spec())).toEqual(spec());
  expect(keptFiles(library, space.root)).toEqual(['a/5.png']);
  const dataset = await openDataset({ source: space.root, ...options() });
  expect(await filesOfFinding('duplicates', dataset)).toHaveLength(1);
  expect(await filesOfFinding('duplicates', dataset, keptFiles(library, space.root))).toEqual([]);
  await dataset.close();
});

test('Decisions written as CSV are read back the same, as one batch.', () => {
  relabel('b', 'a/0.png', 'a/with, comma.png');
  leaveOut('=b/1.png');
  library.decisions.decide(space.root, { files: ['b/2.png'], kind: 'keep', reason: 'sharp "one"' });
  const before = decisionsNow(library, space.root);
  const read = parseDecisionsCsv(decisionsCsv(before));
  for (let i = 0; i < 3; i++) library.decisions.undo(space.root);
  library.decisions.decide(space.root, ...read);
  const plain = (all: typeof before) => all.map(({ decidedAt: _, ...one }) => one);
  expect(plain(decisionsNow(library, space.root))).toEqual(plain(before));
  expect(library.decisions.undo(space.root)).toHaveLength(4);
});

test.each([
  ['file\na.png', 'no column decision'],
  ['file,decision\na.png,blur', 'Line 2 of the decisions: "blur" is no decision'],
  ['file,decision\na.png,keep\n,keep', 'Line 3 of the decisions: it names no file'],
  ['file,decision,class\na.png,relabel,', 'relabel needs a class'],
  ['file,decision\n"a.png', 'The decisions are no CSV'],
])('A table of decisions that is wrong is refused with its line: %j', (text, words) => {
  expect(() => parseDecisionsCsv(text)).toThrow(words);
});
