// The entries of a zip file, from the directory at its end; nothing is unpacked. Names that are UTF-8 are
// taken as that, whatever their flag says (macOS sets none); others are CP437, as the format has it.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { promisify } from 'node:util';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { formatBytes } from '../../../shared/format.ts';
import { MOST_FILES } from '../../../shared/limits.ts';
import type { ProgressMeter } from '../progress.ts';
import { LARGEST_ENTRY_BYTES, type ArchiveEntry } from './archive-entry.ts';
import {
  decodeName,
  encodingOf,
  type GuessedEncoding,
  type NameEncoding,
} from './name-encoding.ts';
import { utf8Of } from '../utf8.ts';
import { tooManyEntries, zipError } from './archive-errors.ts';

const STORED = 0;
const DEFLATED = 8;
const UTF8_FLAG = 0x800;
/** Of a Unix mode in the upper half of the external attributes. */
const TYPE_MASK = 0o170000;
const TYPES: Readonly<Record<number, ArchiveEntry['kind']>> = {
  0o120000: 'symlink',
  0o040000: 'folder',
  0o010000: 'device',
  0o020000: 'device',
  0o060000: 'device',
  0o140000: 'device',
};

/** `onGuess` hears in which encoding names were read of which nothing says it. */
export async function listZip(
  path: string,
  meter: ProgressMeter,
  onGuess: (encoding: GuessedEncoding) => void = () => undefined,
): Promise<ArchiveEntry[]> {
  let reader: BlockReader | undefined;
  try {
    reader = new BlockReader(path);
    const open = promisify<yauzl.RandomAccessReader, number, yauzl.Options, ZipFile>(
      yauzl.fromRandomAccessReader,
    );
    const zip = await open(reader, reader.sizeBytes, {
      lazyEntries: true,
      autoClose: false,
      decodeStrings: false,
      validateEntrySizes: false,
    });
    return await readEntries(zip, { path, meter, onGuess });
  } catch (error) {
    throw zipError(error, path);
  } finally {
    reader?.release();
  }
}

interface Listing {
  readonly path: string;
  readonly meter: ProgressMeter;
  readonly onGuess: (encoding: GuessedEncoding) => void;
}

function readEntries(zip: ZipFile, { path, meter, onGuess }: Listing): Promise<ArchiveEntry[]> {
  const entries: ArchiveEntry[] = [];
  /** Those of whose names nothing says that they are UTF-8. */
  const odd: { readonly at: number; readonly entry: Entry }[] = [];
  return new Promise((resolve, reject) => {
    const next = (): void => zip.readEntry();
    zip.on('entry', (entry: Entry) => {
      if (entries.length >= MOST_FILES) {
        reject(tooManyEntries(path));
        return;
      }
      if (isOdd(entry)) odd.push({ at: entries.length, entry });
      entries.push(toEntry(entry, 'cp437'));
      // The reader answers at once: without a pause in between the calls would pile up.
      Promise.resolve()
        .then(() => meter.advance())
        .then(next, reject);
    });
    zip.once('end', () => {
      const encoding = encodingOf(odd.map(({ entry }) => entry.fileNameRaw));
      if (encoding !== 'cp437') onGuess(encoding);
      for (const { at, entry } of odd) entries[at] = toEntry(entry, encoding);
      resolve(entries);
    });
    zip.once('error', reject);
    next();
  });
}

function toEntry(entry: Entry, encoding: NameEncoding): ArchiveEntry {
  const name = nameOf(entry, encoding);
  const mode = (entry.externalFileAttributes >>> 16) & TYPE_MASK;
  const isUnix = entry.versionMadeBy >>> 8 === 3;
  const kind = name.endsWith('/') ? 'folder' : ((isUnix ? TYPES[mode] : undefined) ?? 'file');
  if (kind !== 'file') return { name, kind };
  const refusal = refusalOf(entry);
  return {
    name,
    kind,
    refusal,
    range: {
      offset: entry.relativeOffsetOfLocalHeader,
      sizeBytes: entry.uncompressedSize,
      zip: {
        packedBytes: entry.compressedSize,
        isDeflated: entry.compressionMethod === DEFLATED,
        crc32: entry.crc32,
      },
    },
  };
}

/** Not ASCII, and nothing says that it is Unicode. */
function isOdd({ fileNameRaw, extraFields, generalPurposeBitFlag }: Entry): boolean {
  const isMarkedUtf8 =
    (generalPurposeBitFlag & UTF8_FLAG) !== 0 && utf8Of(fileNameRaw) !== undefined;
  const isAscii = fileNameRaw.every((byte) => byte < 0x80);
  return !isAscii && !isMarkedUtf8 && extraFields.every(({ id }) => id !== 0x7075);
}

/** A backslash is how some old Windows programs write a slash. */
function nameOf(entry: Entry, encoding: NameEncoding): string {
  const { fileNameRaw, generalPurposeBitFlag, extraFields } = entry;
  if (encoding !== 'cp437' && isOdd(entry)) return decodeName(fileNameRaw, encoding);
  const plain = utf8Of(fileNameRaw);
  const name =
    plain !== undefined && extraFields.every(({ id }) => id !== 0x7075)
      ? plain
      : yauzl.getFileNameLowLevel(
          plain === undefined ? generalPurposeBitFlag & ~UTF8_FLAG : generalPurposeBitFlag,
          fileNameRaw,
          extraFields,
          true,
        );
  return name.replaceAll('\\', '/');
}

function refusalOf(entry: Entry): string | undefined {
  const { compressionMethod, uncompressedSize, compressedSize } = entry;
  if (entry.isEncrypted()) return 'is encrypted and is not read';
  if (compressionMethod !== STORED && compressionMethod !== DEFLATED) {
    return `is packed with method ${compressionMethod}; only stored and deflated files are read`;
  }
  const sizeBytes = Math.max(uncompressedSize, compressedSize);
  if (sizeBytes > LARGEST_ENTRY_BYTES) {
    return `would unpack to ${formatBytes(sizeBytes)}; files of up to ${formatBytes(LARGEST_ENTRY_BYTES)} are read`;
  }
  return undefined;
}

const BLOCK_BYTES = 0x10_0000;

/** Answers many small reads from one block: the directory is read once, in order. */
class BlockReader extends yauzl.RandomAccessReader {
  readonly sizeBytes: number;
  readonly #descriptor: number;
  readonly #block = Buffer.allocUnsafe(BLOCK_BYTES);
  #start = 0;
  #length = 0;

  constructor(path: string) {
    super();
    this.#descriptor = openSync(path, 'r');
    this.sizeBytes = fstatSync(this.#descriptor).size;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    let done = 0;
    try {
      while (done < length) {
        const at = position + done;
        if (at < this.#start || at >= this.#start + this.#length) {
          this.#length = readSync(this.#descriptor, this.#block, 0, BLOCK_BYTES, at);
          this.#start = at;
          if (this.#length === 0) break;
        }
        const from = at - this.#start;
        const count = Math.min(length - done, this.#length - from);
        this.#block.copy(buffer, offset + done, from, from + count);
        done += count;
      }
    } catch (error) {
      callback(error as Error);
      return;
    }
    callback(null, done);
  }

  release(): void {
    closeSync(this.#descriptor);
  }
}
