// Reads entries of a bundle one after the other. Refuses what is no bundle: other names, too many
// entries, more bytes than announced, other bytes than were written. Writes nothing by itself.
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { inputError, messageOf } from '../../shared/errors.ts';

const mostEntries = 2000;
/** Of what is held in memory: specs and series, never checkpoints. */
const mostBytes = 512 * 2 ** 20;

export interface BundleFile {
  readonly names: ReadonlySet<string>;
  /** @throws inputError `bundle-incomplete`, `bundle-damaged` */
  read(name: string): Promise<Uint8Array>;
  /** Of bytes that nobody has held against their checksum yet. @throws as `read` */
  stream(name: string): Promise<Readable>;
  close(): void;
}

export async function openBundle(file: string): Promise<BundleFile> {
  const open = promisify<string, yauzl.Options, ZipFile>(yauzl.open);
  let zip: ZipFile;
  const entries = new Map<string, Entry>();
  try {
    zip = await open(file, { lazyEntries: true, autoClose: false, validateEntrySizes: true });
    await listEntries(zip, entries);
  } catch (error) {
    throw inputError(
      'not-a-bundle',
      `${file} is not a report bundle (${messageOf(error)}). Choose a .zip that ResNet Lab exported.`,
      { path: file, cause: error },
    );
  }
  const entryOf = (name: string): Entry => {
    const entry = entries.get(name);
    if (entry !== undefined) return entry;
    throw inputError(
      'bundle-incomplete',
      `The bundle ${file} has no ${name}. It was cut short or changed; export it again.`,
      { path: file, details: { missing: name } },
    );
  };
  const stream = (name: string): Promise<Readable> =>
    new Promise((resolve, reject) => {
      zip.openReadStream(entryOf(name), (error, found) => {
        if (error === null) resolve(found);
        else reject(damagedBundle(file, `${name}: ${messageOf(error)}`));
      });
    });
  return {
    names: new Set(entries.keys()),
    stream,
    read: async (name) => {
      const { uncompressedSize, crc32: written } = entryOf(name);
      if (uncompressedSize > mostBytes) {
        throw inputError('bundle-too-large', `${name} in ${file} is too large for a bundle.`, {
          path: file,
          details: { sizeBytes: uncompressedSize },
        });
      }
      const bytes = await readAll(await stream(name), (why) =>
        damagedBundle(file, `${name}: ${why}`),
      );
      // The library checks sizes only.
      if (crc32(bytes) !== written) {
        throw damagedBundle(file, `${name} is not what was written, as its checksum shows`);
      }
      return bytes;
    },
    close: () => zip.close(),
  };
}

async function readAll(stream: Readable, explained: (why: string) => Error): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  try {
    for await (const part of stream) parts.push(part as Buffer);
  } catch (error) {
    throw explained(messageOf(error));
  }
  return new Uint8Array(Buffer.concat(parts));
}

export function damagedBundle(file: string, why: string): Error {
  return inputError(
    'bundle-damaged',
    `The bundle ${file} can't be read: ${why}. Export it again, with a version like this one.`,
    { path: file },
  );
}

function listEntries(zip: ZipFile, entries: Map<string, Entry>): Promise<void> {
  return new Promise((resolve, reject) => {
    zip.on('entry', (entry: Entry) => {
      // yauzl has refused absolute names and `..` already.
      if (entries.size >= mostEntries) {
        reject(new Error('it has too many entries'));
        return;
      }
      entries.set(entry.fileName, entry);
      zip.readEntry();
    });
    zip.once('end', resolve);
    zip.once('error', reject);
    zip.readEntry();
  });
}
