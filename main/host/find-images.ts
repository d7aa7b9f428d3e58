// The images that a command names: files, folders with everything in them, and patterns.
import fs from 'node:fs';
import path from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { inputError } from '../../shared/errors.ts';
import { beginsAsImage } from '../data/layout/first-bytes-of-images.ts';
import { isImageName } from '../data/layout/image-names.ts';
import { userPath } from './user-path.ts';

export interface FoundImages {
  /** Absolute, each once, in the order in which they were named; within a folder by name. */
  readonly files: readonly string[];
  /** Files of folders and patterns that are images neither by name nor by their first bytes. */
  readonly leftOut: readonly string[];
}

/** A file that is named itself is taken whatever it is called. @throws inputError `no-images` */
export async function findImages(named: readonly string[]): Promise<FoundImages> {
  const files = new Set<string>();
  const leftOut = new Set<string>();
  for (const name of named) {
    const found = await filesOf(name);
    if (found === undefined) {
      files.add(userPath(name));
      continue;
    }
    const images = found.filter(isImage);
    const known = new Set(images);
    for (const file of found) (known.has(file) ? files : leftOut).add(file);
    if (images.length === 0) {
      throw inputError(
        'no-images',
        `There is no image in ${name}${found.length === 0 ? '' : `, only ${found.length} other files`}; JPEG, PNG, WebP, TIFF, AVIF, BMP and GIF are read.`,
        { path: name },
      );
    }
  }
  return { files: [...files], leftOut: [...leftOut] };
}

/** As in a dataset. A pipe or device with an image's name is one too: reading it says what it is. */
function isImage(file: string): boolean {
  if (isImageName(file)) return true;
  return (
    fs.statSync(file, { throwIfNoEntry: false })?.isFile() === true &&
    beginsAsImage({ path: file }, file)
  );
}

/** Undefined for a single file, there or not: reading it says what is wrong with it. */
async function filesOf(name: string): Promise<string[] | undefined> {
  const full = userPath(name);
  const isFolder = fs.statSync(full, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const isPattern = !fs.existsSync(full) && isDynamicPattern(name);
  if (!isFolder && !isPattern) return undefined;
  const found = isFolder
    ? [...(await glob('**', { cwd: full, absolute: true })), ...specialFilesIn(full)]
    : await glob(full.replaceAll('\\', '/'), { absolute: true });
  return found.map((file) => path.resolve(file)).sort((a, b) => a.localeCompare(b, 'en'));
}

/** Pipes, sockets and devices, which patterns pass over: nothing in a folder goes unsaid. */
function specialFilesIn(folder: string): string[] {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(
      (entry) =>
        entry.isFIFO() || entry.isSocket() || entry.isBlockDevice() || entry.isCharacterDevice(),
    )
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) =>
      path
        .relative(folder, file)
        .split(path.sep)
        .every((part) => !part.startsWith('.')),
    );
}
