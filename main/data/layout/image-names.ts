// Which file names are taken for images. What is in a file decides how it is read.
import { extname } from 'node:path';

const READ_EXTENSIONS: ReadonlySet<string> = new Set(
  '.jpg .jpeg .png .webp .bmp .gif .tif .tiff .avif'.split(' '),
);
/** Of images that are known and not read: other formats, cameras' raw files, drawings, medical pictures. */
const OTHER_IMAGES = new Set(
  '.heic .heif .ppm .pgm .pbm .pnm .jp2 .j2k .jxl .tga .ico .svg .psd .exr .hdr .dng .cr2 .cr3 .nef .arw .orf .rw2 .raf .dcm'.split(
    ' ',
  ),
);

export function isImageName(path: string): boolean {
  return READ_EXTENSIONS.has(extname(path).toLowerCase());
}

/** Why an image of this name is not read, as a part of a sentence; undefined for all other names. */
export function unreadFormat(path: string): string | undefined {
  const extension = extname(path).toLowerCase();
  if (!OTHER_IMAGES.has(extension)) return undefined;
  // Phones write them; most people can only export.
  const remedy = /^\.hei[cf]$/.test(extension) ? 'export it as JPEG' : 'convert it to PNG or JPEG';
  return `is a ${extension} file, which is not read; ${remedy}`;
}
