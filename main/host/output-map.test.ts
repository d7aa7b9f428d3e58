import { expect, test } from 'vitest';
import { mappedRows, mapPiece } from './output-map.ts';

/** N images of three classes; the logits of image 2 are no numbers. */
function outputs(count: number) {
  const logits = Float32Array.from({ length: count * 3 }, (_, i) => (i % 3 === i % 2 ? 4 : 0));
  logits[2 * 3] = Number.NaN;
  return {
    ...{ step: 7, fingerprint: 'f', classNames: ['a', 'b', 'c'], classes: 3, logits },
    labels: Int32Array.from({ length: count }, (_, i) => i % 3),
    sources: Array.from({ length: count }, (_, i) => `${i}.png`),
  };
}

function features(rows: readonly number[], width: number) {
  const all = Float32Array.from({ length: rows.length * width }, (_, i) => Math.floor(i / width));
  return { rows: Int32Array.from(rows), features: all, width };
}

test('pieces hold every image with finite logits once, with its own features', () => {
  const width = 2 ** 16;
  const said = outputs(12);
  const rows = mappedRows(said, features([0, 2, 4, 6, 8, 10], width));
  const pieces = [];
  for (let from = 0; from < rows.places.length;) {
    const piece = mapPiece(said, rows, from);
    from += piece.images.length;
    pieces.push(piece);
  }
  expect(pieces.map(({ images }) => images.length)).toEqual([4, 1]);
  expect(pieces[0]).toMatchObject({ step: 7, examples: 12, count: 5, width });
  expect(pieces.flatMap(({ images }) => images.map(({ index }) => index))).toEqual([
    0, 4, 6, 8, 10,
  ]);
  const second = new Float32Array(pieces[1]!.features.slice().buffer);
  expect([...new Set(second)]).toEqual([5]);
  expect(pieces[1]!.images[0]).toMatchObject({ source: '10.png', label: 1 });
});

test('of more than a page can hold there is an even choice', () => {
  const width = 2 ** 21;
  const rows = mappedRows(outputs(30), {
    ...{ rows: Int32Array.from({ length: 30 }, (_, i) => i), width },
    // Choosing reads none of them.
    features: new Float32Array(),
  });
  expect(rows.places).toHaveLength(4);
  expect(rows.places[0]).toBe(0);
  expect(rows.places.at(-1)).toBeGreaterThan(20);
});
