// Which file names are taken for images. What is in a file decides how it is read.
import { extname } from 'node:path';

const READ_EXTENSIONS: ReadonlySet<string> = new Set('.jpg .jpeg .png .webp .bmp .gif'.split(' '));
/** Of images that are known and not read. */
const OTHER_IMAGES = new Set('.tif .tiff .heic .heif .avif .ppm .pgm .jp2 .jxl'.split(' '));

export function isImageName(path: string): boolean {
  return READ_EXTENSIONS.has(extname(path).toLowerCase());
}

/** Why an image of this name is not read, as a part of a sentence; undefined for all other names. */
export function unreadFormat(path: string): string | undefined {
  const extension = extname(path).toLowerCase();
  return OTHER_IMAGES.has(extension)
    ? `is a ${extension} file, which is not read; convert it to PNG or JPEG`
    : undefined;
}
