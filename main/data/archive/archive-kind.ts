// What kind of archive a file is: by its first bytes, and by its name only where those say nothing.
// Refuses the kinds that are known and not read.
import { inputError } from '../../../shared/errors.ts';
import { isEmptyBlock, isTarHeader } from './tar-index.ts';

export type ArchiveKind = 'zip' | 'tar' | 'tar.gz';

/** Enough of a file's beginning to tell. */
export const KIND_BYTES = 512;

const OTHERS: readonly (readonly [string, string])[] = [
  ['BZh', 'is compressed with bzip2'],
  ['\xfd7zXZ\0', 'is compressed with xz'],
  ['\x28\xb5\x2f\xfd', 'is compressed with zstd'],
  ['7z\xbc\xaf\x27\x1c', 'is a 7z archive'],
  ['Rar!\x1a\x07', 'is a RAR archive'],
];

/** Undefined for what is no archive. @throws inputError `unread-archive` */
export function archiveKindOf(start: Buffer, path: string): ArchiveKind | undefined {
  const text = start.toString('latin1', 0, 8);
  if (text.startsWith('\x1f\x8b')) return 'tar.gz';
  if (/^PK(?:\x03\x04|\x05\x06|\x07\x08)/.test(text)) return 'zip';
  if (isTarHeader(start)) return 'tar';
  const [, other] = OTHERS.find(([signature]) => text.startsWith(signature)) ?? [];
  if (other !== undefined) {
    throw inputError(
      'unread-archive',
      `${path} ${other}, which is not read; zip, tar and tar.gz are. Unpack it and point at the folder.`,
      { path },
    );
  }
  if (/\.zip$/i.test(path)) return 'zip';
  const isTar = /\.(?:tar|tgz|tar\.gz)$/i.test(path);
  return isTar && (start.length < KIND_BYTES || isEmptyBlock(start)) ? 'tar' : undefined;
}
