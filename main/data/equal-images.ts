// Rows of equal pixels, by the digests that every pack keeps: no pixel is read.
import { splitsOf, type Dataset, type Split, type SplitName } from './dataset.ts';
import { DIGEST_BYTES } from './pack-format.ts';

export interface SameImage {
  readonly split: SplitName;
  readonly index: number;
  readonly label: number;
  readonly source: string;
}

/** Two or more rows with equal pixels. */
export type SameGroup = readonly SameImage[];

/** Every group of equal rows, in the order in which their second row comes. */
export function equalImages(dataset: Pick<Dataset, 'splits'>): SameGroup[] {
  const firsts = new Map<string, SameRow>();
  const groups = new Map<string, SameRow[]>();
  for (const split of splitsOf(dataset)) {
    for (let index = 0; index < split.count; index++) {
      const digest = digestAt(split.digests, index);
      const first = firsts.get(digest);
      const row = { split, index };
      if (first === undefined) {
        firsts.set(digest, row);
        continue;
      }
      const group = groups.get(digest);
      if (group === undefined) groups.set(digest, [first, row]);
      else group.push(row);
    }
  }
  return [...groups.values()].map((group) =>
    group.map(({ split, index }) => describe(split, index)),
  );
}

interface SameRow {
  readonly split: Split;
  readonly index: number;
}

/** For each row the first row of equal pixels: itself where it is the first. */
export function firstOfEqual(digests: Uint8Array): Int32Array {
  const firsts = new Map<string, number>();
  return Int32Array.from({ length: digests.length / DIGEST_BYTES }, (_, row) => {
    const digest = digestAt(digests, row);
    const first = firsts.get(digest);
    if (first === undefined) firsts.set(digest, row);
    return first ?? row;
  });
}

export function digestAt(digests: Uint8Array, row: number): string {
  const { buffer, byteOffset } = digests;
  return Buffer.from(buffer, byteOffset + row * DIGEST_BYTES, DIGEST_BYTES).toString('latin1');
}

export function describe(split: Split, index: number): SameImage {
  const label = split.labels[index] ?? 0;
  return { split: split.name, index, label, source: split.sourceOf(index) };
}

export function differ(group: SameGroup, by: (image: SameImage) => unknown): boolean {
  return new Set(group.map(by)).size > 1;
}
