// Reads a Python wheel (a zip with a RECORD of hashes) and unpacks chosen files from it, checked:
// the zip's CRC, the RECORD's SHA-256 and the size must all agree. Knows nothing of TensorFlow.
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import zlib from 'node:zlib';
import yauzl from 'yauzl';
import type { Entry, ZipFile } from 'yauzl';
import { failure, hasErrorCode, messageOf } from '../../shared/errors.ts';

export interface WheelArchive {
  /** The wheel's path. */
  readonly file: string;
  /** Names of all files in it, with `/`. */
  readonly names: readonly string[];
  /** Uncompressed size; 0 for a name that is not in it. */
  sizeOf(name: string): number;
  /** A small file as text, checked. */
  readText(name: string): Promise<string>;
  /** Writes one file to `target`, checked; `onBytes` gets the size of each piece. */
  unpack(name: string, target: string, options?: UnpackOptions): Promise<void>;
  close(): void;
}

export interface UnpackOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onBytes?: (bytes: number) => void;
  readonly executable?: boolean;
}

interface RecordLine {
  readonly sha256: string;
  readonly sizeBytes: number;
}

export function wheelCorrupt(file: string, what: string, cause?: unknown) {
  return failure(
    'wheel-corrupt',
    `The downloaded wheel ${path.basename(file)} is damaged (${what}); start again to fetch it anew.`,
    { path: file, ...(cause === undefined ? {} : { cause }) },
  );
}

export async function openWheel(file: string): Promise<WheelArchive> {
  let zip: ZipFile;
  try {
    zip = await yauzl.openPromise(file, { autoClose: false, lazyEntries: true });
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT') || hasErrorCode(error, 'EACCES')) throw error;
    throw wheelCorrupt(file, messageOf(error), error);
  }
  try {
    const entries = new Map<string, Entry>();
    for await (const entry of zip.eachEntry()) {
      if (!entry.fileName.endsWith('/')) entries.set(entry.fileName, entry);
    }
    const archive = new CheckedArchive(file, zip, entries);
    await archive.readRecord();
    return archive;
  } catch (error) {
    zip.close();
    if (error instanceof Error && error.name === 'AppError') throw error;
    throw wheelCorrupt(file, messageOf(error), error);
  }
}

class CheckedArchive implements WheelArchive {
  readonly file: string;
  readonly #zip: ZipFile;
  readonly #entries: ReadonlyMap<string, Entry>;
  #record: ReadonlyMap<string, RecordLine> = new Map();

  constructor(file: string, zip: ZipFile, entries: ReadonlyMap<string, Entry>) {
    this.file = file;
    this.#zip = zip;
    this.#entries = entries;
  }

  get names(): readonly string[] {
    return [...this.#entries.keys()];
  }

  /** The RECORD cannot list its own hash; every other file must be in it. */
  async readRecord(): Promise<void> {
    const name = this.names.find((entry) => /^[^/]+\.dist-info\/RECORD$/.test(entry));
    if (name === undefined) throw wheelCorrupt(this.file, 'it has no RECORD');
    this.#record = parseRecord(await this.#text(name));
  }

  sizeOf(name: string): number {
    return this.#entries.get(name)?.uncompressedSize ?? 0;
  }

  async readText(name: string): Promise<string> {
    return this.#text(name, this.#expected(name));
  }

  async unpack(name: string, target: string, options: UnpackOptions = {}): Promise<void> {
    await mkdir(path.dirname(target), { recursive: true });
    const check = this.#check(name, this.#expected(name), options.onBytes);
    await pipeline(
      await this.#open(name),
      check,
      createWriteStream(target, options.executable === true ? { mode: 0o755 } : {}),
      options.signal === undefined ? {} : { signal: options.signal },
    );
  }

  close(): void {
    this.#zip.close();
  }

  async #text(name: string, expected?: RecordLine): Promise<string> {
    const pieces: Buffer[] = [];
    const check = this.#check(name, expected);
    await pipeline(await this.#open(name), check, async (source: AsyncIterable<Buffer>) => {
      for await (const piece of source) pieces.push(piece);
    });
    return Buffer.concat(pieces).toString('utf8');
  }

  #entry(name: string): Entry {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw wheelCorrupt(this.file, `it has no ${name}`);
    return entry;
  }

  #expected(name: string): RecordLine {
    const line = this.#record.get(name);
    if (line === undefined) throw wheelCorrupt(this.file, `its RECORD does not list ${name}`);
    return line;
  }

  async #open(name: string) {
    try {
      return await this.#zip.openReadStreamPromise(this.#entry(name));
    } catch (error) {
      throw wheelCorrupt(this.file, messageOf(error), error);
    }
  }

  /** Passes bytes through and fails at the end when they are not the ones that were packed. */
  #check(name: string, expected: RecordLine | undefined, onBytes?: (bytes: number) => void) {
    const entry = this.#entry(name);
    const file = this.file;
    const hash = createHash('sha256');
    let crc = 0;
    let sizeBytes = 0;
    return new Transform({
      transform(piece: Buffer, _encoding, done) {
        crc = zlib.crc32(piece, crc);
        if (expected !== undefined) hash.update(piece);
        sizeBytes += piece.length;
        onBytes?.(piece.length);
        done(null, piece);
      },
      flush(done) {
        const same =
          expected === undefined ||
          (sizeBytes === expected.sizeBytes && hash.digest('base64url') === expected.sha256);
        if (crc !== entry.crc32) done(wheelCorrupt(file, `the CRC of ${name} is wrong`));
        else if (same) done();
        else done(wheelCorrupt(file, `${name} is not what its RECORD says`));
      },
    });
  }
}

/** `path,sha256=<base64url>,<size>` per line; a path with a comma is quoted. */
export function parseRecord(text: string): ReadonlyMap<string, RecordLine> {
  const lines = new Map<string, RecordLine>();
  for (const line of text.split(/\r?\n/)) {
    const match = /^(?:"((?:[^"]|"")*)"|([^,]*)),sha256=([A-Za-z0-9_-]+),(\d+)$/.exec(line);
    if (match === null) continue;
    const name = match[1]?.replaceAll('""', '"') ?? match[2] ?? '';
    lines.set(name, { sha256: match[3] ?? '', sizeBytes: Number(match[4]) });
  }
  return lines;
}
