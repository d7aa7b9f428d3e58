// Finds the orientation tag (0x0112) of EXIF data in JPEG, PNG and WebP. Damaged EXIF counts as none:
// a picture is not refused for what a camera wrote beside it.

const ORIENTATION_TAG = 0x0112;
const JPEG_PREFIX = 'Exif\0\0';

/** Of the payload of an APP1 segment; undefined if that is not EXIF. */
export function jpegOrientation(payload: Buffer): number | undefined {
  return payload.toString('latin1', 0, JPEG_PREFIX.length) === JPEG_PREFIX
    ? tiffOrientation(payload.subarray(JPEG_PREFIX.length))
    : undefined;
}

/** The `eXIf` chunk; it may also follow the picture, where PNG says decoders need not look. */
export function pngOrientation(bytes: Buffer): number {
  let at = 8;
  while (at + 12 <= bytes.length) {
    const length = bytes.readUInt32BE(at);
    const name = bytes.toString('latin1', at + 4, at + 8);
    if (name === 'eXIf') return tiffOrientation(bytes.subarray(at + 8, at + 8 + length));
    if (name === 'IDAT' || name === 'IEND') return 1;
    at += 12 + length;
  }
  return 1;
}

/** The `EXIF` chunk of a WebP file, which stands behind the picture: 1 if it is not among the bytes. */
export function webpOrientation(bytes: Buffer): number {
  let at = 12;
  while (at + 8 <= bytes.length) {
    const length = bytes.readUInt32LE(at + 4);
    if (bytes.toString('latin1', at, at + 4) === 'EXIF') {
      const data = bytes.subarray(at + 8, at + 8 + length);
      // Some writers keep JPEG's prefix.
      const hasPrefix = data.toString('latin1', 0, 6) === JPEG_PREFIX;
      return tiffOrientation(hasPrefix ? data.subarray(6) : data);
    }
    at += 8 + length + (length & 1);
  }
  return 1;
}

/** EXIF is a TIFF file: byte order, then a directory of tags. */
function tiffOrientation(tiff: Buffer): number {
  if (tiff.length < 8) return 1;
  const order = tiff.toString('latin1', 0, 2);
  if (order !== 'II' && order !== 'MM') return 1;
  const short = (at: number): number =>
    at + 2 > tiff.length ? 0 : order === 'II' ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at);
  const directory = order === 'II' ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4);
  const count = short(directory);
  for (let i = 0; i < count; i++) {
    const entry = directory + 2 + 12 * i;
    if (entry + 12 > tiff.length) return 1;
    if (short(entry) !== ORIENTATION_TAG) continue;
    const value = short(entry + 8);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}
