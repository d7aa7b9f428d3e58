// One version of what was decided about single files of a dataset: a file in the library, named by its
// content, that runs refer to. Applied to an open pack it takes left-out rows away, and changes labels, before
// any split is drawn. That somebody found an image right changes no run, so it is not in the file.
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { parseBoundedJson } from '../../shared/bounded-json.ts';
import { failure, hasErrorCode, inputError, messageOf } from '../../shared/errors.ts';
import { firstOf } from '../../shared/format.ts';
import type { SplitName } from './dataset.ts';
import { DIGEST_BYTES, nameIn, type OpenPack, type PackSection } from './pack-format.ts';

/** Later kinds may be added; a version that does not know one refuses the file. */
const DecisionsDocument = z.strictObject({
  format: z.literal(1),
  decisions: z.array(
    z.discriminatedUnion('kind', [
      z.strictObject({ file: z.string(), kind: z.literal('leave-out') }),
      z.strictObject({ file: z.string(), kind: z.literal('relabel'), class: z.string() }),
    ]),
  ),
});
export type DecisionsDocument = z.output<typeof DecisionsDocument>;

export type FileDecision = DecisionsDocument['decisions'][number];

/** An image that is in the source and, by a decision, in no split or under another class. */
interface DecidedImage {
  /** As the source has it: a validation split may be drawn from it. */
  readonly split: SplitName;
  readonly source: string;
  readonly width: number;
  readonly height: number;
}

export interface LeftOutImage extends DecidedImage {
  readonly label: number;
}

export interface RelabelledImage extends DecidedImage {
  /** By the source. */
  readonly from: number;
  /** By the decision. */
  readonly to: number;
}

export interface Decided {
  readonly leftOut: readonly LeftOutImage[];
  readonly relabelled: readonly RelabelledImage[];
}

/** Beside the cache, for what is in it cannot be made again. */
export function decisionsFile(cacheFolder: string, version: string): string {
  return join(dirname(cacheFolder), 'decisions', `${version}.json`);
}

/** Names a version of decisions by its content and keeps it; undefined if there are none. One a file. */
export async function keepDecisions(
  cacheFolder: string,
  given: readonly FileDecision[],
): Promise<string | undefined> {
  if (given.length === 0) return undefined;
  const decisions = given.toSorted((a, b) => (a.file < b.file ? -1 : 1));
  const document: DecisionsDocument = { format: 1, decisions };
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
      `The list ${version} of decisions about images is not in this library (${path}). Copy it from the library where the run was made, or train with --set data.decisions=none.`,
      { path: 'data.decisions', cause: error },
    );
  }
  return parseDecisions(path, text);
}

/**
 * A pack without the rows that were left out and with the labels that were given, under a fingerprint of its
 * own; and what was changed. A decision about a file that is gone has no effect.
 * @throws inputError `no-such-class`
 */
export function applyDecisions(
  pack: OpenPack,
  { decisions }: DecisionsDocument,
): Decided & { readonly pack: OpenPack } {
  const byFile = new Map(decisions.map((decision) => [decision.file, decision]));
  const leftOut: LeftOutImage[] = [];
  const relabelled: RelabelledImage[] = [];
  const taken: (readonly [SplitName, number])[] = [];
  const given: (readonly [SplitName, number, number])[] = [];
  const sections = new Map<SplitName, PackSection>();
  for (const [split, section] of pack.sections) {
    const labels = Int32Array.from(section.labels);
    const kept: number[] = [];
    for (let row = 0; row < section.count; row++) {
      const source = nameIn(section, row);
      const decision = byFile.get(source);
      const [width = 0, height = 0] = section.sizes.subarray(row * 2, row * 2 + 2);
      const from = labels[row] ?? 0;
      if (decision?.kind === 'leave-out') {
        taken.push([split, row]);
        leftOut.push({ split, label: from, source, width, height });
        continue;
      }
      kept.push(row);
      if (decision === undefined) continue;
      const to = labelOf(pack, decision);
      if (to === from) continue;
      labels[row] = to;
      given.push([split, row, to]);
      relabelled.push({ split, from, to, source, width, height });
    }
    // A split of which nothing is left is none.
    if (kept.length === 0 && split !== 'train') continue;
    const named = { ...section, labels };
    sections.set(split, kept.length === section.count ? named : withRows(named, kept));
  }
  if (taken.length + given.length === 0) return { pack, leftOut, relabelled };
  // The pack's own fingerprint stands for all pixels and labels, so row numbers stand for images.
  const changes = [
    ...[pack.fingerprint, 'leave-out', taken],
    ...(given.length === 0 ? [] : ['relabel', given]),
  ];
  const fingerprint = createHash('sha256').update(JSON.stringify(changes)).digest('hex');
  return { pack: { ...pack, fingerprint, sections }, leftOut, relabelled };
}

function labelOf(
  { classes }: OpenPack,
  { file, class: name }: Extract<FileDecision, { kind: 'relabel' }>,
): number {
  const label = classes.indexOf(name);
  if (label >= 0) return label;
  throw inputError(
    'no-such-class',
    `"${file}" was relabelled to "${name}", but the dataset has no such class; it has ${firstOf(classes, NAMED_CLASSES)}. Take that decision back with \`resnet-lab data restore\`, or relabel the image again.`,
    { path: 'data.decisions' },
  );
}

const NAMED_CLASSES = 8;

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
