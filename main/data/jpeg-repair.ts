// Makes a JPEG whole that viewers show although its end or its order is damaged, and says what was wrong.
// At least half of the picture must be there: less is left out, because it would mostly teach grey.
import { NOTHING_TO_NOTE, withNote, type ImageNotes } from './image-notes.ts';
import { countJpegBlocks } from './jpeg-blocks.ts';
import { jpegStructure } from './jpeg-structure.ts';

/** Of the picture's blocks. */
export const LEAST_SHARE = 0.5;

/** Zeros that may belong to the last block; more of them were never written. */
const KEPT_FILL = 8;

export interface RepairedJpeg {
  readonly bytes: Buffer;
  readonly notes: ImageNotes;
}

/** A reason instead of a file if it is not to be used. Without `isTolerant` any damage is one. */
export function repairJpeg(file: Buffer, isTolerant: boolean): RepairedJpeg | string {
  const structure = jpegStructure(file, isTolerant);
  if (typeof structure === 'string') return structure;
  let notes = NOTHING_TO_NOTE;
  if (!isTolerant) return { bytes: file, notes };
  if (structure.strayBytes > 0) notes = withNote(notes, 'extra-bytes');
  if (structure.bytesAfterEnd > 0) notes = withNote(notes, 'bytes-after-end');
  if (structure.hasEnd) return { bytes: structure.bytes, notes };
  const bytes = Buffer.concat([withoutFill(structure.bytes), Buffer.of(0xff, 0xd9)]);
  const missing = withShare(notes, bytes);
  if (typeof missing === 'string') return missing;
  return { bytes, notes: missing.share < 100 ? missing : withNote(notes, 'no-end-mark') };
}

/**
 * Share of the picture, in percent, of a file that has its end mark all the same: some programs write one after
 * what they have. 100 if nothing is missing or nothing can be said. Costs about as much as decoding.
 */
export function jpegShare(bytes: Buffer): number {
  const blocks = countJpegBlocks(bytes);
  return blocks === undefined ? 100 : Math.floor(100 * Math.min(1, blocks.there / blocks.total));
}

/** Notes that it is cut off if blocks are missing; a reason if too many are. */
function withShare(notes: ImageNotes, bytes: Buffer): ImageNotes | string {
  const blocks = countJpegBlocks(bytes);
  if (blocks === undefined) return notes;
  const share = blocks.there / blocks.total;
  if (share >= 1) return notes;
  // Rounded down: 100 would say that nothing is missing.
  const percent = Math.floor(100 * share);
  if (share < LEAST_SHARE) {
    return `is cut off: only ${percent} % of the picture is there, less than half`;
  }
  return withNote({ ...notes, share: percent }, 'cut');
}

/** Without what a half-written file is filled up with. */
function withoutFill(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === 0 || bytes[end - 1] === 0xff)) end--;
  let kept = end;
  while (kept < bytes.length && kept < end + KEPT_FILL && bytes[kept] === 0) kept++;
  // A stuffed zero belongs to the 0xff before it.
  if (bytes[end] === 0xff && bytes[end + 1] === 0) return bytes.subarray(0, end + 2);
  return bytes.subarray(0, kept);
}
