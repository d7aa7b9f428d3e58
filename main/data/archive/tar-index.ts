// The entries of a tar file with the places of their bytes, by walking from header to header; contents
// are skipped. Reads ustar, GNU (long names, large sizes) and PAX; sparse files are refused by name.
// tar-stream, which unpacks CIFAR, tells no places.
import { formatBytes } from '../../../shared/format.ts';
import type { ProgressMeter } from '../progress.ts';
import { LARGEST_ENTRY_BYTES, type ArchiveEntry } from './archive-entry.ts';
import { MOST_FILES } from '../../../shared/limits.ts';
import { utf8Of } from '../utf8.ts';
import { damagedTar, tooManyEntries, truncatedArchive } from './archive-errors.ts';
import type { TarBytes } from './tar-bytes.ts';

export const TAR_BLOCK = 512;
/** Names and attributes; real ones have a few hundred bytes. */
const LONGEST_EXTENSION = 0x10_0000;

/** PAX for one entry and for all, GNU's long link and long name. */
const EXTENSIONS = 'xgKL';

const KINDS: Readonly<Record<string, ArchiveEntry['kind']>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  S: 'file',
  '1': 'hard-link',
  '2': 'symlink',
  '3': 'device',
  '4': 'device',
  '5': 'folder',
  '6': 'device',
};

/** `S`, as its byte. */
const SPARSE = 0x53;
/** Whatever size their headers give: of the file that a link leads to, for one. */
const WITHOUT_CONTENT = '123456';

/** What extension headers say of the entry after them. */
interface Extensions {
  name?: string | undefined;
  link?: string | undefined;
  sizeBytes?: number | undefined;
  isSparse?: boolean;
}

/** `path` is named in errors. Closing the bytes is the caller's. */
export async function* walkTar(bytes: TarBytes, path: string): AsyncGenerator<ArchiveEntry> {
  let extensions: Extensions = {};
  let at = 0;
  for (;;) {
    const header = await bytes.read(at, TAR_BLOCK);
    // An archive ends with empty blocks; old ones just end.
    if (header.length === 0 || (header.length === TAR_BLOCK && isEmptyBlock(header))) return;
    if (header.length < TAR_BLOCK) throw truncatedArchive(path);
    if (!isTarHeader(header)) throw damagedTar(path, at);
    const type = String.fromCharCode(header[156] ?? 0);
    const isExtension = EXTENSIONS.includes(type);
    const sizeBytes = (isExtension ? undefined : extensions.sizeBytes) ?? sizeOf(header);
    const isSound =
      Number.isSafeInteger(sizeBytes) &&
      sizeBytes >= 0 &&
      !(isExtension && sizeBytes > LONGEST_EXTENSION);
    if (!isSound) throw damagedTar(path, at);
    const start = await contentStart(bytes, at, header);
    const contentBytes = WITHOUT_CONTENT.includes(type) ? 0 : sizeBytes;
    if (start + contentBytes > (bytes.sizeBytes ?? Infinity)) throw truncatedArchive(path);
    if (isExtension) {
      extend(extensions, type, await bytes.read(start, sizeBytes));
    } else {
      yield toEntry(header, type, { extensions, start, sizeBytes });
      extensions = {};
    }
    at = start + Math.ceil(contentBytes / TAR_BLOCK) * TAR_BLOCK;
  }
}

/** Old GNU sparse files keep a list of their parts in further blocks behind the header. */
async function contentStart(bytes: TarBytes, at: number, header: Buffer): Promise<number> {
  let start = at + TAR_BLOCK;
  if (header[156] !== SPARSE) return start;
  for (let goesOn = header[482] === 1; goesOn; start += TAR_BLOCK) {
    goesOn = (await bytes.read(start, TAR_BLOCK))[504] === 1;
  }
  return start;
}

export async function listTar(
  bytes: TarBytes,
  path: string,
  meter: ProgressMeter,
): Promise<ArchiveEntry[]> {
  const entries: ArchiveEntry[] = [];
  try {
    for await (const entry of walkTar(bytes, path)) {
      if (entries.length >= MOST_FILES) throw tooManyEntries(path);
      entries.push(entry);
      const pause = meter.advance();
      if (pause !== undefined) await pause;
    }
  } finally {
    bytes.close();
  }
  return entries;
}

/** By its checksum, which every kind of tar has. */
export function isTarHeader(block: Buffer): boolean {
  if (block.length < TAR_BLOCK) return false;
  let sum = 8 * 0x20;
  for (let i = 0; i < TAR_BLOCK; i++) if (i < 148 || i >= 156) sum += block[i] ?? 0;
  return sum === octal(block, 148, 8) && !isEmptyBlock(block);
}

function toEntry(
  header: Buffer,
  type: string,
  {
    extensions,
    start,
    sizeBytes,
  }: { readonly extensions: Extensions; readonly start: number; readonly sizeBytes: number },
): ArchiveEntry {
  const name = extensions.name ?? ownName(header);
  const kind = KINDS[type] ?? 'device';
  // Before ustar a folder was a file whose name ends with a slash.
  if (kind === 'file' && name.endsWith('/')) return { name, kind: 'folder' };
  if (kind === 'hard-link')
    return { name, kind, target: extensions.link ?? text(header, 157, 100) };
  if (kind !== 'file') return { name, kind };
  return {
    name,
    kind,
    range: { offset: start, sizeBytes },
    refusal: refusalOf(sizeBytes, type === 'S' || extensions.isSparse === true),
  };
}

function refusalOf(sizeBytes: number, isSparse: boolean): string | undefined {
  if (isSparse) return 'is stored with holes (a sparse file) and is not read';
  if (sizeBytes <= LARGEST_ENTRY_BYTES) return undefined;
  return `has ${formatBytes(sizeBytes)}; files of up to ${formatBytes(LARGEST_ENTRY_BYTES)} are read`;
}

function extend(extensions: Extensions, type: string, content: Buffer): void {
  if (type === 'L') extensions.name = decoded(untilZero(content));
  if (type === 'K') extensions.link = decoded(untilZero(content));
  if (type !== 'x') return; // global attributes are comments
  // Each record is "LENGTH KEY=VALUE\n", with the length of all of it.
  for (let at = 0; at < content.length;) {
    const space = content.indexOf(0x20, at);
    const length = Number.parseInt(content.toString('latin1', at, space), 10);
    if (space < 0 || !(length > 0)) return;
    const record = content.subarray(space + 1, at + length - 1);
    const equals = record.indexOf(0x3d);
    const key = record.toString('latin1', 0, equals);
    const value = record.subarray(equals + 1);
    if (key === 'path') extensions.name = decoded(value);
    if (key === 'linkpath') extensions.link = decoded(value);
    if (key === 'size') extensions.sizeBytes = Number(value.toString('latin1'));
    if (key.startsWith('GNU.sparse.')) extensions.isSparse = true;
    at += length;
  }
}

function ownName(header: Buffer): string {
  const name = text(header, 0, 100);
  // GNU keeps other things where ustar has the beginning of long names ("ustar\0" against "ustar ").
  const isUstar = header.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isUstar ? text(header, 345, 155) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

function text(header: Buffer, start: number, length: number): string {
  return decoded(untilZero(header.subarray(start, start + length)));
}

function untilZero(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

/** Names that are not UTF-8 are read letter by letter: they stay distinct. */
function decoded(bytes: Buffer): string {
  return utf8Of(bytes) ?? bytes.toString('latin1');
}

/** Octal digits, or base 256 where the first bit is set. NaN if it is neither. */
function sizeOf(header: Buffer): number {
  const first = header[124] ?? 0;
  if ((first & 0x80) === 0) return octal(header, 124, 12);
  if (first !== 0x80) return Number.NaN; // negative
  return header.subarray(125, 136).reduce((sum, byte) => sum * 256 + byte, 0);
}

function octal(header: Buffer, start: number, length: number): number {
  const digits = header.toString('latin1', start, start + length).replace(/^[ \0]+|[ \0].*$/gs, '');
  if (digits === '') return 0;
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
}

export function isEmptyBlock(block: Buffer): boolean {
  return block.every((byte) => byte === 0);
}
