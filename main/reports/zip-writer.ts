// Writes a zip file from texts, bytes and files on disk; files are streamed, so a checkpoint is never
// held in memory.
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';

export type ZipEntry =
  | { readonly name: string; readonly bytes: Uint8Array }
  | { readonly name: string; readonly text: string }
  /** Stored as it is: weights don't compress. */
  | { readonly name: string; readonly file: string };

export async function writeZip(file: string, entries: Iterable<ZipEntry>): Promise<void> {
  const zip = new ZipFile();
  const written = pipeline(zip.outputStream, createWriteStream(file));
  for (const entry of entries) {
    if ('file' in entry) zip.addFile(entry.file, entry.name, { compress: false });
    else if ('text' in entry) zip.addBuffer(Buffer.from(entry.text), entry.name);
    else zip.addBuffer(Buffer.from(entry.bytes), entry.name);
  }
  zip.end();
  await written;
}
