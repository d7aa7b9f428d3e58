import { expect, test } from 'vitest';
import {
  matches,
  predictionsCsv,
  problemOf,
  scoreOf,
  topOf,
  type PredictionRow,
} from './prediction-table.ts';
import { portionsOf, triedImages } from './tried-images.ts';
import type { Answer } from './try-state.svelte.ts';

const picked = (path: string, type = '') => ({
  path,
  file: new File(['x'], path.split('/').at(-1) ?? '', { type }),
});

test('Images are taken in the order of their names, and their innermost folder that is a class says what they are.', () => {
  const files = ['pets/Cat/10.png', 'pets/Cat/9.JPG', 'pets/dog/cat/1.webp', 'pets/odd/2.png'];
  const images = triedImages(
    [...files, 'pets/readme.txt'].map((path) => picked(path)),
    { classes: ['cat', 'dog'], round: 3 },
  );
  expect(images.map(({ name, truth }) => [name, truth])).toEqual([
    ['pets/Cat/9.JPG', 'cat'],
    ['pets/Cat/10.png', 'cat'],
    ['pets/dog/cat/1.webp', 'cat'],
    ['pets/odd/2.png', undefined],
  ]);
  // A pasted image has a type and may have no ending.
  const [pasted] = triedImages([picked('image', 'image/png')], { classes: ['image'], round: 4 });
  expect(pasted).toMatchObject({ key: '4/image', truth: undefined });
});

test('Images of the same name are kept apart.', () => {
  const files = ['1.png', 'a/1.png', '1.png', '1.png'].map((path) => picked(path));
  const images = triedImages(files, { classes: [], round: 2 });
  expect(images.map(({ name }) => name)).toEqual(['1.png', '1.png', '1.png', 'a/1.png']);
  expect(new Set(images.map(({ key }) => key)).size).toBe(4);
});

test('Portions hold so many images and bytes; what is larger is alone.', () => {
  const most = { images: 3, bytes: 10 };
  expect(portionsOf([1, 1, 1, 1, 9, 2, 50, 1], most)).toEqual([
    { from: 0, to: 3 },
    { from: 3, to: 5 },
    { from: 5, to: 6 },
    { from: 6, to: 7 },
    { from: 7, to: 8 },
  ]);
  expect(portionsOf([], most)).toEqual([]);
});

const said = (first: string, probability = 0.75): Answer => ({
  kind: 'classes',
  classes: [
    { name: first, probability },
    { name: 'emu', probability: 1 - probability },
  ],
  damage: undefined,
});
const none: Answer = { kind: 'classes', classes: [], damage: undefined };
const failed: Answer = { kind: 'failed', message: 'half.png is cut off.' };

function row(
  name: string,
  truth: string | undefined,
  answers: (Answer | undefined)[],
): PredictionRow {
  return { image: { key: name, name, file: new File([], name), truth }, answers };
}

const rows = [
  row('cat/1.png', 'cat', [said('cat'), said('dog')]),
  row('cat/2.png', 'cat', [said('dog'), said('dog')]),
  row('x/=3.png', undefined, [failed, said('cat')]),
  row('cat/4.png', 'cat', [none, undefined]),
];

test('A run is scored over the images whose folder says what they are and that have a prediction.', () => {
  expect([0, 1].map((run) => scoreOf(rows, run))).toEqual([
    { judged: 2, right: 1 },
    { judged: 2, right: 0 },
  ]);
});

test('Rows are filtered by words and by what became of them.', () => {
  const names = (...by: Parameters<typeof matches> extends [unknown, ...infer R] ? R : never) =>
    rows.filter((one) => matches(one, ...by)).map(({ image }) => image.name);
  expect(names('wrong', '')).toEqual(['cat/1.png', 'cat/2.png']);
  expect(names('differ', '')).toEqual(['cat/1.png']);
  expect(names('failed', '')).toEqual(['x/=3.png', 'cat/4.png']);
  expect(names('all', 'CAT dog')).toEqual(['cat/1.png', 'cat/2.png']);
  expect(problemOf(none)).toContain('not finite');
  expect(topOf(said('cat'), 1)?.name).toBe('emu');
});

test('The CSV has whole numbers of every run, names problems, and no formulas.', () => {
  const runs = [
    { id: 'r-1', name: 'a' },
    { id: 'r-2', name: 'b' },
  ];
  const lines = predictionsCsv(rows, runs).split('\r\n');
  expect(lines[0]).toContain('probability (a, r-1)');
  expect(lines[1]).toBe('cat/1.png,cat,cat,0.75,emu,0.25,,dog,0.75,emu,0.25,');
  expect(lines[3]).toBe('x/=3.png,,,,,,half.png is cut off.,cat,0.75,emu,0.25,');
  expect(predictionsCsv([row('=1.png', undefined, [said('cat')])], runs.slice(0, 1))).toContain(
    "\r\n'=1.png,,cat,",
  );
});
