// An archive of image folders as a source: the same rows as of the folder that it unpacks to. Zip and tar
// are read in place; a tar.gz is inflated beside the pack while that is built (inflate-tar.ts).
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { inputError } from '../../../shared/errors.ts';
import { pixelRulesOf } from '../../../shared/spec/pixel-rules.ts';
import { readError } from '../file-errors.ts';
import { listImageFolder, LISTING_VERSION } from '../folder-listing.ts';
import { noImages, readContent, type ContentOptions } from '../image-content.ts';
import { DECODER_VERSION } from '../image-decoder.ts';
import { readImageFile, type Unreadable } from '../image-file.ts';
import { createProgressMeter, type Watch } from '../progress.ts';
import type { Source } from '../source.ts';
import type { ArchiveKind } from './archive-kind.ts';
import { buildArchiveTree, type ArchivePlace, type ArchiveTree } from './archive-tree.ts';
import type { GuessedEncoding } from './name-encoding.ts';
import { inflateTar } from './inflate-tar.ts';
import { gzippedTar, plainTar, type TarBytes } from './tar-bytes.ts';
import { listTar } from './tar-index.ts';
import { listZip } from './zip-index.ts';

export async function openImageArchive(
  path: string,
  kind: ArchiveKind,
  options: ContentOptions,
): Promise<Source> {
  const { size, mtimeMs, ctimeMs } = await stat(path);
  const list: NonNullable<Source['list']> = async (watch, workFolder) => {
    const contents =
      kind === 'tar.gz' ? await inflateTar(path, { ...watch, folder: await workFolder() }) : path;
    const place = { archive: path, contents };
    const { tree, problems, nameEncoding } = await readTree(place, kind === 'zip', watch);
    const known = { known: problems, nameEncoding };
    const listing = await listImageFolder(tree, watch, { ...options, ...known });
    if (listing.files.length === 0) throw noImages(listing, listing.problems);
    return listing;
  };
  return {
    name: basename(path).replace(/\.(?:zip|tar|tgz|tar\.gz|gz)$/i, ''),
    levelHint:
      'The classes are the folders in it: unpack it and point at the folder above or below if this is the wrong level.',
    key: {
      kind: 'image-archive',
      file: [path, size, mtimeMs, ctimeMs],
      layout: [LISTING_VERSION, options.layout, options.mergeClasses ?? false, options.rules],
      ...(options.columns === undefined ? {} : { columns: options.columns }),
      imageSize: options.imageSize,
      channels: options.channels,
      resize: options.resize ?? 'crop',
      // Those that are left out leave the key as it was before there were rules.
      ...pixelRulesOf(options),
      decoder: DECODER_VERSION,
    },
    list,
    read: async (watch, workFolder) => readContent(await list(watch, workFolder), options, watch),
  };
}

/** One file by its path in the dataset; undefined if there is none. */
export async function readArchivedFile(
  path: string,
  kind: ArchiveKind,
  file: string,
): Promise<Buffer | Unreadable | undefined> {
  const bytes = (): TarBytes => (kind === 'tar.gz' ? gzippedTar(path) : plainTar(path));
  const { tree } = await readTree({ archive: path, contents: path }, kind === 'zip', {}, bytes);
  if (tree.factsOf(file) === undefined) return undefined;
  const place = tree.locate(file);
  if (kind !== 'tar.gz' || place.range === undefined) return readImageFile(place);
  // Its place is one in what the archive inflates to.
  const { offset, sizeBytes } = place.range;
  const again = bytes();
  try {
    return await again.read(offset, sizeBytes);
  } finally {
    again.close();
  }
}

async function readTree(
  place: ArchivePlace,
  isZip: boolean,
  watch: Watch,
  bytes: () => TarBytes = () => plainTar(place.contents),
): Promise<ArchiveTree> {
  const { archive } = place;
  const meter = createProgressMeter('list', undefined, watch);
  let nameEncoding: GuessedEncoding | undefined;
  const entries = isZip
    ? await listZip(archive, meter, (encoding) => (nameEncoding = encoding))
    : await listTar(opened(bytes, archive), archive, meter);
  if (entries.length === 0) {
    throw inputError(
      'no-images',
      `${archive} is an empty archive; it should hold one folder per class with image files in it.`,
      { path: archive },
    );
  }
  return { ...buildArchiveTree(entries, place), nameEncoding };
}

function opened(bytes: () => TarBytes, archive: string): TarBytes {
  try {
    return bytes();
  } catch (error) {
    throw readError(error, archive, 'archive');
  }
}
