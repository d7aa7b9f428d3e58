// Brings pixels to a network's input size exactly as training did, where the image library that training uses is not
// at hand (an exported page). Catmull–Rom widened by the scale, rows first, then columns, rounded once at the end.
// Held against that library in resize.test.ts.
import type { ResizePolicy } from '../spec/run.ts';

/** Uint8 [height, width, channels]. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly values: Uint8Array | Uint8ClampedArray;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

/** `crop` fills the size and cuts the middle out, `squash` stretches, `pad` puts it on black. */
export function fitPixels(image: Pixels, size: Size, policy: ResizePolicy): Pixels {
  if (image.width === size.width && image.height === size.height) return image;
  if (policy === 'squash') return scaledPixels(image, size);
  const [x, y] = [size.width / image.width, size.height / image.height];
  const scale = policy === 'crop' ? Math.max(x, y) : Math.min(x, y);
  const inner = scaledPixels(image, {
    width: Math.max(1, Math.round(image.width * scale)),
    height: Math.max(1, Math.round(image.height * scale)),
  });
  return placedInMiddle(inner, size);
}

/** Cut where it is larger, on black where it is smaller. */
function placedInMiddle({ width, height, channels, values }: Pixels, size: Size): Pixels {
  const result = new Uint8Array(size.width * size.height * channels);
  const from = {
    x: Math.max(0, (width - size.width) >> 1),
    y: Math.max(0, (height - size.height) >> 1),
  };
  const to = {
    x: Math.max(0, (size.width - width) >> 1),
    y: Math.max(0, (size.height - height) >> 1),
  };
  const columns = Math.min(width, size.width);
  for (let row = 0; row < Math.min(height, size.height); row++) {
    const start = ((from.y + row) * width + from.x) * channels;
    const part = values.subarray(start, start + columns * channels);
    result.set(part, ((to.y + row) * size.width + to.x) * channels);
  }
  return { ...size, channels, values: result };
}

function scaledPixels({ width, height, channels, values }: Pixels, size: Size): Pixels {
  const rows = kernels(height, size.height);
  const between = new Float32Array(size.height * width * channels);
  rows.forEach(({ first, weights }, y) => {
    const target = y * width * channels;
    weights.forEach((weight, i) => {
      const source = (first + i) * width * channels;
      for (let at = 0; at < width * channels; at++) {
        between[target + at] = (between[target + at] ?? 0) + weight * (values[source + at] ?? 0);
      }
    });
  });
  const columns = kernels(width, size.width);
  const result = new Uint8ClampedArray(size.height * size.width * channels);
  for (let y = 0; y < size.height; y++) {
    columns.forEach(({ first, weights }, x) => {
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        weights.forEach((weight, i) => {
          sum += weight * (between[(y * width + first + i) * channels + c] ?? 0);
        });
        result[(y * size.width + x) * channels + c] = Math.round(sum);
      }
    });
  }
  return { ...size, channels, values: new Uint8Array(result.buffer) };
}

interface Kernel {
  readonly first: number;
  /** Of the samples from `first` on; they sum to 1. */
  readonly weights: readonly number[];
}

/** For each of `to` samples made of `from`. */
function kernels(from: number, to: number): Kernel[] {
  const ratio = from / to;
  const widened = Math.max(ratio, 1);
  const support = 2 * widened;
  return Array.from({ length: to }, (_, at) => {
    const centre = (at + 0.5) * ratio;
    const first = Math.min(from - 1, Math.max(0, Math.floor(centre - support)));
    const end = Math.min(from, Math.max(first + 1, Math.ceil(centre + support)));
    const weights = Array.from({ length: end - first }, (_unused, i) =>
      catmullRom((first + i - (centre - 0.5)) / widened),
    );
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}

/** The cubic through its samples (Catmull & Rom 1974; B = 0, C = ½ of Mitchell & Netravali 1988). */
function catmullRom(x: number): number {
  const a = Math.abs(x);
  if (a < 1) return 1.5 * a ** 3 - 2.5 * a ** 2 + 1;
  if (a < 2) return -0.5 * a ** 3 + 2.5 * a ** 2 - 4 * a + 2;
  return 0;
}
