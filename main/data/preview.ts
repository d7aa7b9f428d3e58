// How a folder, an archive or Parquet files would be read, before anything is decoded or remembered: for
// somebody who decides whether to add them, and how.
import { partFolderWhenNeeded } from './part-folder.ts';
import { packKey } from './cache.ts';
import type { FolderListing } from './folder-listing.ts';
import { findSource, type OpenOptions } from './open.ts';

/** Of a listing what somebody is shown; its files may be millions. */
export type DatasetOverview = Pick<FolderListing, 'layout' | 'unused' | 'problems'>;

/** Undefined for sources that say themselves what they hold: there is nothing to choose. @throws as opening does */
export async function previewDataset(options: OpenOptions): Promise<DatasetOverview | undefined> {
  const source = await findSource(options);
  if (source.list === undefined) return undefined;
  const work = partFolderWhenNeeded(options.cacheFolder, packKey(source));
  try {
    const { layout, unused, problems } = await source.list(options, work.folder);
    return { layout, unused, problems };
  } finally {
    // What was inflated serves the scan that follows.
    await work.release();
  }
}
