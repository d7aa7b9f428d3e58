// The image folder as a source: its key is what the folder lists, so that any change makes another pack.
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { pixelRulesOf } from '../../shared/spec/pixel-rules.ts';
import { diskTree } from './disk-tree.ts';
import { listImageFolder, LISTING_VERSION, type FolderListing } from './folder-listing.ts';
import { noImages, readContent, type ContentOptions } from './image-content.ts';
import { DECODER_VERSION } from './image-decoder.ts';
import type { Watch } from './progress.ts';
import type { Source } from './source.ts';

/** Characters to hash at once: a call for each file would cost more than the hashing. */
const HASH_BLOCK = 0x1_0000;

/** Lists the folder (this is what a second opening pays for) and describes it as a source. */
export async function openImageFolder(
  folder: string,
  options: ContentOptions,
  watch: Watch = {},
): Promise<Source> {
  const listing = await listImageFolder(diskTree(folder), watch, options);
  if (listing.files.length === 0) throw noImages(listing, listing.problems);
  return {
    name: basename(folder),
    levelHint:
      'The classes are the folders in it: point at the folder above or below if this is the wrong level.',
    key: {
      kind: 'folder',
      root: folder,
      listing: digestOf(listing),
      layout: [
        LISTING_VERSION,
        listing.layout.layout,
        options.mergeClasses ?? false,
        options.rules,
      ],
      imageSize: options.imageSize,
      channels: options.channels,
      resize: options.resize ?? 'crop',
      // Those that are left out leave the key as it was before there were rules.
      ...pixelRulesOf(options),
      decoder: DECODER_VERSION,
    },
    list: () => Promise.resolve(listing),
    read: (reading) => readContent(listing, options, reading),
  };
}

function digestOf({ classes, files, layout }: FolderListing): string {
  const hash = createHash('sha256').update(JSON.stringify(classes));
  // Elsewhere the path says the class.
  const isListed = layout.lists !== undefined;
  let lines = '';
  for (const { path, sizeBytes, mtimeMs, ctimeMs, split, label } of files) {
    if (isListed) lines += `\n${split}\0${label}`;
    lines += `\n${path}\0${sizeBytes}\0${mtimeMs}\0${ctimeMs}`;
    if (lines.length < HASH_BLOCK) continue;
    hash.update(lines);
    lines = '';
  }
  return hash.update(lines).digest('hex');
}
