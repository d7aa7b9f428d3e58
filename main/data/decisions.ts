// One version of what was decided about single files of a dataset: a file in the library, named by its
// content, that runs refer to. Applied to an open pack it takes left-out rows away before any split is drawn.
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { parseBoundedJson } from '../../shared/bounded-json.ts';
import { failure, hasErrorCode, inputError, messageOf } from '../../shared/errors.ts';
import type { SplitName } from './dataset.ts';
import { DIGEST_BYTES, nameIn, type OpenPack, type PackSection } from './pack-format.ts';

/** Later kinds may be added; a version that does not know one refuses the file. */
const DecisionsDocument = z.strictObject({
  format: z.literal(1),
  decisions: z.array(
    z.discriminatedUnion('kind', [
      z.strictObject({ file: z.string(), kind: z.literal('leave-out') }),
    ]),
  ),
});
export type DecisionsDocument = z.output<typeof DecisionsDocument>;

/** An image that is in the source and, by a decision, in no split. */
export interface LeftOutImage {
  readonly split: SplitName;
  readonly label: number;
  readonly source: string;
  readonly width: number;
  readonly height: number;
}

/** Beside the cache, for what is in it cannot be made again. */
export function decisionsFile(cacheFolder: string, version: string): string {
  return join(dirname(cacheFolder), 'decisions', `${version}.json`);
}

/** Names a version of decisions by its content and keeps it; undefined if nothing is left out. */
export async function keepDecisions(
  cacheFolder: string,
  leftOut: Iterable<string>,
): Promise<string | undefined> {
  const files = [...new Set(leftOut)].sort();
  if (files.length === 0) return undefined;
  const document: DecisionsDocument = {
    format: 1,
    decisions: files.map((file) => ({ file, kind: 'leave-out' })),
  };
  const text = JSON.stringify(document);
  const version = versionOf(text);
  await write(decisionsFile(cacheFolder, version), text);
  return version;
}

/**
 * Keeps a version that came from another library; one that is here stays as it is.
 * @throws failure `decisions-unreadable` if the text is not what its name says
 */
export async function adoptDecisions(
  cacheFolder: string,
  version: string,
  text: string,
): Promise<void> {
  const path = decisionsFile(cacheFolder, version);
  if (versionOf(text) !== version) throw unreadableDecisions(path, 'it is not what was written');
  parseDecisions(path, text);
  await write(path, text);
}

function versionOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.${process.pid}.partial`;
  await writeFile(partial, text);
  await rename(partial, path);
}

function parseDecisions(path: string, text: string): DecisionsDocument {
  try {
    return DecisionsDocument.parse(parseBoundedJson(text));
  } catch (error) {
    throw unreadableDecisions(path, messageOf(error));
  }
}

function unreadableDecisions(path: string, why: string): Error {
  return failure('decisions-unreadable', `${path} is damaged: ${why}`, { path });
}

/** @throws inputError `decisions-missing`, failure `decisions-unreadable` */
export async function readDecisions(
  cacheFolder: string,
  version: string,
): Promise<DecisionsDocument> {
  const path = decisionsFile(cacheFolder, version);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (!hasErrorCode(error, 'ENOENT')) throw error;
    throw inputError(
      'decisions-missing',
      `The list ${version} of left-out images is not in this library (${path}). Copy it from the library where the run was made, or train with --set data.decisions=none.`,
      { path: 'data.decisions', cause: error },
    );
  }
  return parseDecisions(path, text);
}

/** A pack without the rows that were left out, under a fingerprint of its own; and what was taken away. */
export function applyDecisions(
  pack: OpenPack,
  { decisions }: DecisionsDocument,
): { readonly pack: OpenPack; readonly leftOut: readonly LeftOutImage[] } {
  const files = new Set(decisions.map(({ file }) => file));
  const leftOut: LeftOutImage[] = [];
  const taken: (readonly [SplitName, number])[] = [];
  const sections = new Map<SplitName, PackSection>();
  for (const [split, section] of pack.sections) {
    const kept: number[] = [];
    for (let row = 0; row < section.count; row++) {
      const source = nameIn(section, row);
      if (!files.has(source)) {
        kept.push(row);
        continue;
      }
      taken.push([split, row]);
      const [width = 0, height = 0] = section.sizes.subarray(row * 2, row * 2 + 2);
      leftOut.push({ split, label: section.labels[row] ?? 0, source, width, height });
    }
    // A split of which nothing is left is none.
    if (kept.length === 0 && split !== 'train') continue;
    sections.set(split, kept.length === section.count ? section : withRows(section, kept));
  }
  if (taken.length === 0) return { pack, leftOut };
  // The pack's own fingerprint stands for all pixels, so row numbers stand for images.
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([pack.fingerprint, 'leave-out', taken]))
    .digest('hex');
  return { pack: { ...pack, fingerprint, sections }, leftOut };
}

function withRows(section: PackSection, rows: readonly number[]): PackSection {
  const names = rows.map((row) => Buffer.from(nameIn(section, row)));
  let end = 0;
  return {
    ...section,
    count: rows.length,
    storedRows: Int32Array.from(rows),
    digests: Uint8Array.from(pick(section.digests, rows, DIGEST_BYTES)),
    labels: Int32Array.from(rows, (row) => section.labels[row] ?? 0),
    sizes: Uint16Array.from(pick(section.sizes, rows, 2)),
    sums: Float64Array.from(pick(section.sums, rows, section.sums.length / section.count)),
    notes: Uint16Array.from(pick(section.notes, rows, 4)),
    nameEnds: Uint32Array.from(names, (name) => (end += name.length)),
    names: Buffer.concat(names),
  };
}

function pick(values: ArrayLike<number>, rows: readonly number[], width: number): number[] {
  return rows.flatMap((row) =>
    Array.from({ length: width }, (_, i) => values[row * width + i] ?? 0),
  );
}
