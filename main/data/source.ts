// What every kind of dataset source offers: a key that changes when its content may have changed, and
// its rows in the order train, val, test. A source knows nothing of caches, splits or memory.
import type { DatasetKind, ImageShape, Problem, SplitName } from './dataset.ts';
import type { FolderListing } from './folder-listing.ts';
import type { ImageNotes } from './image-notes.ts';
import type { LayoutFacts } from './layout/layout-facts.ts';
import type { UnusedFiles } from './layout/unused-files.ts';
import type { Watch } from './progress.ts';

export interface SourceRow {
  readonly split: SplitName;
  /** Number of the source's item that this row was made from, where the source can go on from one. */
  readonly position?: number;
  readonly label: number;
  /** File or record, shown to people. */
  readonly source: string;
  readonly width: number;
  readonly height: number;
  /** height · width · channels bytes of the dataset's shape; only valid until the next row. */
  readonly pixels: Uint8Array;
  /** Left out: there is nothing to note. */
  readonly notes?: ImageNotes | undefined;
}

/** Where an earlier, unfinished reading of the same source ended. */
export interface RowsStart {
  readonly next: number;
  /** What it had found on the way. */
  readonly problems: readonly Problem[];
}

export interface SourceContent {
  readonly kind: DatasetKind;
  readonly shape: ImageShape;
  readonly classes: readonly string[];
  /** Rows of train come first, then val, then test. */
  readonly rows: AsyncIterable<SourceRow>;
  /** The rows from the item `next` on, for a source whose items are dear: decoding goes on after a kill. */
  readonly rowsFrom?: (start: RowsStart) => AsyncIterable<SourceRow>;
  /** Complete only after the last row was taken. */
  readonly problems: readonly Problem[];
  /** Left out: every file is used. */
  readonly unused?: readonly UnusedFiles[];
  readonly layout?: LayoutFacts;
  /** How many rows there will be at most, for progress. */
  readonly expectedRows: number;
}

export interface Source {
  readonly name: string;
  /** Where classes are folders: what to do if they are those of another level, as a sentence. */
  readonly levelHint?: string;
  /**
   * How its files are read, without decoding one; left out where the source says itself what it holds. What it
   * puts into the work folder serves a later reading.
   */
  list?(watch: Watch, workFolder: () => Promise<string>): Promise<FolderListing>;
  /** JSON-safe, with the kind of source in it; equal keys mean equal content. */
  readonly key: unknown;
  /**
   * Reads what is needed to know shape and classes; rows are read as they are taken. What it puts into
   * the work folder is there until the pack is built, also after a kill.
   */
  read(watch: Watch, workFolder: () => Promise<string>): Promise<SourceContent>;
}
