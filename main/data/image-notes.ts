// What is worth knowing of an image that was decoded: damage that viewers overlook, transparent pixels,
// the range of 16-bit samples. Numbers, so that a pack can keep them for every row. No file access.
import { LARGEST_SAMPLE, type SampleWindow } from '../../shared/spec/pixel-rules.ts';

/** In the order of their bits. */
export const NOTE_KINDS = [
  'transparent',
  'sixteen-bit',
  'bytes-after-end',
  'no-end-mark',
  'extra-bytes',
  'cut',
] as const;
export type NoteKind = (typeof NOTE_KINDS)[number];

export interface ImageNotes {
  /** Bit k: `NOTE_KINDS[k]`. */
  readonly kinds: number;
  /** Percent of the picture that is in the file. */
  readonly share: number;
  /** Of 16-bit samples, before any window; else 0. */
  readonly low: number;
  readonly high: number;
  /** Pictures in the file behind the first, which are not used: pages of a TIFF, frames of a GIF. */
  readonly further: number;
}

export const NOTHING_TO_NOTE: ImageNotes = { kinds: 0, share: 100, low: 0, high: 0, further: 0 };
/** How many numbers that are. */
export const NOTE_FIELDS = 5;

/** Kinds that mean damage. */
const DAMAGE = [
  'bytes-after-end',
  'no-end-mark',
  'extra-bytes',
  'cut',
] as const satisfies readonly NoteKind[];

export function noteBit(kind: NoteKind): number {
  return 1 << NOTE_KINDS.indexOf(kind);
}

export function hasNote({ kinds }: ImageNotes, kind: NoteKind): boolean {
  return (kinds & noteBit(kind)) !== 0;
}

export function withNote(notes: ImageNotes, kind: NoteKind): ImageNotes {
  return { ...notes, kinds: notes.kinds | noteBit(kind) };
}

/** What was overlooked in a damaged file, as a part of a sentence after its name; undefined if nothing. */
export function damageOf(notes: ImageNotes): string | undefined {
  const texts: Readonly<Record<(typeof DAMAGE)[number], string>> = {
    'bytes-after-end': 'has bytes after its end',
    'no-end-mark': 'has no end mark',
    'extra-bytes': 'has stray bytes between its parts',
    cut: `is cut off: ${notes.share} % of the picture is there`,
  };
  const parts = DAMAGE.filter((kind) => hasNote(notes, kind)).map((kind) => texts[kind]);
  return parts.length === 0 ? undefined : parts.join(' and ');
}

/** The 16-bit images of a dataset that use equally many bits. */
export interface DepthGroup {
  readonly bits: number;
  readonly count: number;
  readonly low: number;
  readonly high: number;
}

/** Fewest bits first. */
export function depthGroups(notes: Iterable<ImageNotes>): DepthGroup[] {
  const groups = new Map<number, DepthGroup>();
  for (const note of notes) {
    if (!hasNote(note, 'sixteen-bit')) continue;
    const bits = Math.max(1, Math.ceil(Math.log2(note.high + 1)));
    const { count = 0, low = note.low, high = note.high } = groups.get(bits) ?? {};
    groups.set(bits, {
      bits,
      count: count + 1,
      low: Math.min(low, note.low),
      high: Math.max(high, note.high),
    });
  }
  return [...groups.values()].sort((a, b) => a.bits - b.bits);
}

/** A window that starts so far up is not one of bits. */
const RAISED_SHARE = 1 / 4;
/** What uses more than this of the full range needs no window. */
const NARROW = 1 / 2;
/** So few images may reach beyond the window: a hot pixel or two must not hide a 12-bit camera. */
const BEYOND_SHARE = 0.05;

/**
 * The window that 16-bit images call for: the bits that they use (0 … 2^b − 1), or their own range where
 * that begins high; undefined where the full range serves.
 */
export function proposedWindow(groups: readonly DepthGroup[]): SampleWindow | undefined {
  const total = groups.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return undefined;
  let within = 0;
  const used = groups.filter(({ count }) => {
    const isNeeded = within < total * (1 - BEYOND_SHARE);
    within += count;
    return isNeeded;
  });
  const low = Math.min(...used.map((group) => group.low));
  const high = Math.max(...used.map((group) => group.high));
  if (high <= low || high - low > LARGEST_SAMPLE * NARROW) return undefined;
  if (low > (high - low) * RAISED_SHARE) return { low, high };
  return { low: 0, high: 2 ** Math.max(1, Math.ceil(Math.log2(high + 1))) - 1 };
}
