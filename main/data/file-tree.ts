// The folders and files of a dataset by their names, wherever they lie: on the disk or in an archive.
// Listing, measuring and decoding see nothing else, so both give the same dataset.
import type { ImageFile, Unreadable } from './image-file.ts';

export interface TreeEntry {
  readonly name: string;
  /** Of what a link leads to. */
  readonly isFolder: boolean;
  /** Where a link to a folder leads, if that is outside of the tree. */
  readonly leadsTo?: string | undefined;
  /** Why it must not be opened (a device, a pipe), as a part of a sentence after its name. */
  readonly obstacle?: string | undefined;
}

export interface FileFacts {
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  /** Also changes with permissions and with edits that restore the time of modification. */
  readonly ctimeMs: number;
}

/** Paths are relative to the root, with `/` between their parts; '' is the root. */
export interface FileTree {
  /** The folder's path, or the archive's with the folder in it: shown to people. */
  readonly root: string;
  /** Also hidden ones, in any order. @throws what the system says */
  entriesOf(folder: string): readonly TreeEntry[];
  /** The same for the same folder, whatever links lead to it. @throws what the system says */
  identityOf(folder: string): string;
  /** Why a folder must not be listed, as a part of a sentence after its path. @throws what the system says */
  obstacleTo?(folder: string): string | undefined;
  /** Undefined for what is neither file nor folder. @throws what the system says */
  factsOf(file: string): FileFacts | undefined;
  locate(file: string): ImageFile;
  /** Where images lie in a larger whole that has to be read first: the image, or why it can't be had. */
  fetch?(file: string): Promise<ImageFile | Unreadable>;
}
