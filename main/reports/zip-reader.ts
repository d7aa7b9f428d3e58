// Reads entries of a bundle one after the other. Refuses what is no bundle: other names, too many
// entries, more bytes than announced. Writes nothing by itself.
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { inputError, messageOf } from '../../shared/errors.ts';

const mostEntries = 2000;
/** Of what is held in memory: specs and series, never checkpoints. */
const mostBytes = 512 * 2 ** 20;

export interface BundleFile {
  readonly names: ReadonlySet<string>;
  read(name: string): Promise<Uint8Array>;
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
        else reject(error);
      });
    });
  return {
    names: new Set(entries.keys()),
    stream,
    read: async (name) => {
      const { uncompressedSize } = entryOf(name);
      if (uncompressedSize > mostBytes) {
        throw inputError('bundle-too-large', `${name} in ${file} is too large for a bundle.`, {
          path: file,
          details: { sizeBytes: uncompressedSize },
        });
      }
      const parts: Buffer[] = [];
      for await (const part of await stream(name)) parts.push(part as Buffer);
      return new Uint8Array(Buffer.concat(parts));
    },
    close: () => zip.close(),
  };
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
