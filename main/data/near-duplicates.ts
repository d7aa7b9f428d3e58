// Finds images that look alike without being equal: re-encoded, resized, slightly brightened copies. A
// difference hash proposes (Krawetz, "Kind of like that", 2013), the correlation of 8×8 grey pictures
// decides. Pure: pixels in, groups of numbers out.
import { groupBy } from '../../shared/group-by.ts';
import type { ImageShape } from './dataset.ts';

const SIDE = 8;
const CELLS = SIDE * SIDE;
/** Two of 64 bits in eight: beyond this, pictures that people call the same are rare. */
const LARGEST_DISTANCE = 8;
const LEAST_CORRELATION = 0.985;
/** Grey levels. Flat pictures resemble each other for no reason. */
const LEAST_DEVIATION = 4;
/** A bucket of one band holds what shares 16 bits; only the latest of a crowded one are compared. */
const COMPARED_IN_BUCKET = 200;
const BANDS = 4;

export class LookAlikes {
  readonly #shape: ImageShape;
  /** Undefined: nothing resembles it. */
  readonly #images: (Thumbnail | undefined)[] = [];
  readonly #buckets = Array.from({ length: BANDS }, () => new Map<number, number[]>());
  readonly #groups = new DisjointSets();

  constructor(shape: ImageShape) {
    this.#shape = shape;
  }

  /** Adds an image; numbers are given in the order of adding. */
  add(pixels: Uint8Array): void {
    const picture = normalized(shrunk(pixels, this.#shape, SIDE, SIDE));
    if (picture === undefined) {
      this.skip();
      return;
    }
    const hash = differenceHash(shrunk(pixels, this.#shape, SIDE + 1, SIDE));
    const image = { hash, picture };
    this.#images.push(image);
    const index = this.#groups.add();
    this.#buckets.forEach((bucket, band) => {
      const earlier = bucket.get(hash[band] ?? 0) ?? [];
      for (const other of earlier.slice(-COMPARED_IN_BUCKET)) {
        if (this.#groups.isJoined(other, index)) continue;
        if (areAlike(this.#images[other], image)) this.#groups.join(other, index);
      }
      earlier.push(index);
      bucket.set(hash[band] ?? 0, earlier);
    });
  }

  /** Adds a number without a picture, that resembles nothing. */
  skip(): void {
    this.#images.push(undefined);
    this.#groups.add();
  }

  /** Groups of two or more numbers, ascending. */
  groups(): number[][] {
    return this.#groups.all().filter((group) => group.length > 1);
  }
}

interface Thumbnail {
  readonly hash: Uint16Array;
  readonly picture: Float32Array;
}

function areAlike(a: Thumbnail | undefined, b: Thumbnail): boolean {
  return (
    a !== undefined &&
    distance(a.hash, b.hash) <= LARGEST_DISTANCE &&
    correlation(a.picture, b.picture) >= LEAST_CORRELATION
  );
}

/** Numbers from 0 in groups that can be joined (union–find); the smallest of a group stands for it. */
class DisjointSets {
  readonly #parents: number[] = [];

  add(): number {
    const index = this.#parents.length;
    this.#parents.push(index);
    return index;
  }

  isJoined(a: number, b: number): boolean {
    return this.#rootOf(a) === this.#rootOf(b);
  }

  join(a: number, b: number): void {
    const [rootA, rootB] = [this.#rootOf(a), this.#rootOf(b)];
    this.#parents[Math.max(rootA, rootB)] = Math.min(rootA, rootB);
  }

  all(): number[][] {
    return [...groupBy(this.#parents.keys(), (index) => String(this.#rootOf(index))).values()];
  }

  #rootOf(index: number): number {
    let at = index;
    for (let next = this.#parents[at] ?? at; next !== at; next = this.#parents[at] ?? at) {
      this.#parents[at] = this.#parents[next] ?? next;
      at = next;
    }
    return at;
  }
}

/** Mean grey of each cell of a columns × rows grid; cells are at least a pixel. */
function shrunk(
  pixels: Uint8Array,
  { height, width, channels }: ImageShape,
  columns: number,
  rows: number,
): Float32Array {
  const result = new Float32Array(columns * rows);
  const edges = (size: number, parts: number, part: number): [number, number] => {
    const start = Math.min(size - 1, Math.floor((part * size) / parts));
    return [start, Math.max(start + 1, Math.floor(((part + 1) * size) / parts))];
  };
  for (let row = 0; row < rows; row++) {
    const [top, bottom] = edges(height, rows, row);
    for (let column = 0; column < columns; column++) {
      const [left, right] = edges(width, columns, column);
      let sum = 0;
      for (let y = top; y < bottom; y++) {
        for (let i = (y * width + left) * channels; i < (y * width + right) * channels; i++) {
          sum += pixels[i] ?? 0;
        }
      }
      result[row * columns + column] = sum / ((bottom - top) * (right - left) * channels);
    }
  }
  return result;
}

/** Bit k: is cell k darker than the cell to its right? As four words of 16. */
function differenceHash(grid: Float32Array): Uint16Array {
  const hash = new Uint16Array(BANDS);
  for (let cell = 0; cell < CELLS; cell++) {
    const at = Math.floor(cell / SIDE) * (SIDE + 1) + (cell % SIDE);
    if ((grid[at] ?? 0) < (grid[at + 1] ?? 0))
      hash[cell >> 4] = (hash[cell >> 4] ?? 0) | (1 << (cell & 15));
  }
  return hash;
}

/** Of mean 0 and length 1; undefined when it is nearly flat. */
function normalized(picture: Float32Array): Float32Array | undefined {
  const mean = picture.reduce((sum, value) => sum + value, 0) / CELLS;
  const squares = picture.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  if (Math.sqrt(squares / CELLS) < LEAST_DEVIATION) return undefined;
  const length = Math.sqrt(squares);
  return picture.map((value) => (value - mean) / length);
}

function correlation(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}

function distance(a: Uint16Array, b: Uint16Array): number {
  let bits = 0;
  for (let band = 0; band < BANDS; band++) {
    for (let rest = (a[band] ?? 0) ^ (b[band] ?? 0); rest > 0; rest &= rest - 1) bits++;
  }
  return bits;
}
