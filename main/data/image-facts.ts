// What is known of an image file before it is decoded, and the refusals that all formats share.

export interface ImageHeader {
  readonly format: 'jpeg' | 'png' | 'webp' | 'bmp' | 'gif' | 'tiff' | 'avif';
  /** As stored: `orientation` may turn the picture by a quarter. */
  readonly width: number;
  readonly height: number;
  readonly grey: boolean;
  readonly alpha: boolean;
  readonly bitDepth: number;
  /** EXIF's 1 … 8: how the stored picture must be turned to be seen upright; 1 is as it is. */
  readonly orientation: number;
}

/** Why bytes are not a usable image, as a part of a sentence after the file's name. */
export interface NotAnImage {
  readonly reason: string;
  /** True when the answer may change with more bytes of the same file. */
  readonly needsMore: boolean;
}

/** Beyond this the decoder would need gigabytes for one picture. */
const MAX_PIXELS = 1 << 28;
const MAX_SIDE = 65_535;

export function isRefusal(result: ImageHeader | NotAnImage): result is NotAnImage {
  return 'reason' in result;
}

/** Width and height as a person sees the picture. */
export function uprightSize({ width, height, orientation }: ImageHeader): {
  readonly width: number;
  readonly height: number;
} {
  return orientation >= 5 ? { width: height, height: width } : { width, height };
}

export function refuse(reason: string): NotAnImage {
  return { reason, needsMore: false };
}

export function cutOff(complete: boolean): NotAnImage {
  return complete
    ? refuse('is truncated: it ends before the picture begins')
    : { reason: 'has a header of more than a megabyte', needsMore: true };
}

export function startsWith(bytes: Buffer, signature: Uint8Array): boolean {
  return signature.every((byte, i) => bytes[i] === byte);
}

export function sized(header: ImageHeader): ImageHeader | NotAnImage {
  const { width, height } = header;
  if (width <= 0 || height <= 0) return refuse(`is damaged: its size is ${width}×${height}`);
  if (width > MAX_SIDE || height > MAX_SIDE || width * height > MAX_PIXELS) {
    return refuse(`is too large: ${width}×${height} pixels`);
  }
  return header;
}
