// The journal of a pack that is being built: one line of JSON for each block of pixels that is in the
// file, with its checksum, its rows, and where in the source to go on. A line is written after its
// block, so the blocks that lines speak of are there, unless the power failed: that the checksum tells.
import { createHash } from 'node:crypto';
import { readFile, truncate } from 'node:fs/promises';
import { z } from 'zod';
import { SPLIT_NAMES } from './dataset.ts';

const JournalLine = z.object({
  split: z.enum(SPLIT_NAMES),
  pixelBytes: z.int().min(0),
  sha256: z.string(),
  labels: z.array(z.int()),
  sizes: z.array(z.int()),
  sums: z.array(z.number()),
  notes: z.array(z.int()),
  names: z.array(z.string()),
  /** The item of the source after the last of these rows. */
  next: z.int().min(0),
  /** Found since the line before. */
  problems: z.array(z.object({ source: z.string(), reason: z.string() })),
});
export type JournalLine = z.output<typeof JournalLine>;

export function encodeLine(line: JournalLine): string {
  return `${JSON.stringify(line)}\n`;
}

/**
 * The lines whose blocks are sound, in order; `read` gives the next bytes of the pixels. What follows
 * the first unsound line is cut off.
 */
export async function readJournal(
  path: string,
  read: (byteCount: number) => Promise<Uint8Array | undefined>,
  onBlock: (line: JournalLine, pixels: Uint8Array) => void,
): Promise<void> {
  let soundBytes = 0;
  for (const text of (await readFile(path, 'utf8')).split(/(?<=\n)/)) {
    const line = parseLine(text);
    if (line === undefined) break;
    const pixels = await read(line.pixelBytes);
    if (pixels === undefined || sha256(pixels) !== line.sha256) break;
    onBlock(line, pixels);
    soundBytes += Buffer.byteLength(text);
  }
  await truncate(path, soundBytes);
}

function parseLine(text: string): JournalLine | undefined {
  if (!text.endsWith('\n')) return undefined;
  try {
    return JournalLine.parse(JSON.parse(text));
  } catch {
    return undefined; // cut off in the middle; the block is made again
  }
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
