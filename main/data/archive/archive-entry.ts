// What zip and tar have in common: entries with a name and a place. Decides which names are read and how;
// an entry that is not read is a problem with a reason, never a path on the disk.
import type { ArchiveRange } from '../image-file.ts';
import { DEEPEST } from '../../../shared/limits.ts';

export interface ArchiveEntry {
  /** As the archive says, folders with or without a slash at the end. */
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'symlink' | 'hard-link' | 'device';
  /** Of a hard link: the name of the entry that it is the same as. */
  readonly target?: string | undefined;
  /** Undefined for what has no bytes of its own. */
  readonly range?: ArchiveRange | undefined;
  /** Why its bytes cannot be read, as a part of a sentence. */
  readonly refusal?: string | undefined;
}

/** No photo is larger; what is larger would only fill the memory. */
export const LARGEST_ENTRY_BYTES = 256 * 0x10_0000;

export type ArchivePath = { readonly path: string } | { readonly reason: string };

/** The path of an entry inside its archive, with `/` between the parts; '' for the archive itself. */
export function archivePath(name: string): ArchivePath {
  if (name.includes('\0')) return { reason: 'has a zero byte in its name and is not read' };
  if (name.startsWith('/') || /^[A-Za-z]:\//.test(name)) {
    return { reason: 'has an absolute path and is not read' };
  }
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) return { reason: 'leads out of the archive and is not read' };
  if (parts.length > DEEPEST + 1) {
    return { reason: `lies more than ${DEEPEST} folders deep and is not read` };
  }
  return { path: parts.join('/') };
}
