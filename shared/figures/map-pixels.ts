// Maps over an image (Grad-CAM, occlusion, activations) as coloured pixels, for the page's canvases and for
// files. Pure.
import { diverging, viridis, type Rgb } from './colour-maps.ts';
import { extentOf, isEmpty, type Extent } from './extent.ts';

export interface ValueMap {
  readonly height: number;
  readonly width: number;
  /** Row-major. */
  readonly values: Float32Array;
}

export interface MapScale {
  readonly low: number;
  readonly high: number;
  readonly colour: (share: number) => Rgb;
}

/** Bilinear between the middles of the cells, the outermost held to the edge; as torch's `interpolate`. */
export function enlarged(map: ValueMap, height: number, width: number): ValueMap {
  if (map.height === height && map.width === width) return map;
  const values = new Float32Array(height * width);
  const rows = places(map.height, height);
  const columns = places(map.width, width);
  rows.forEach((row, y) => {
    columns.forEach((column, x) => {
      const at = (r: number, c: number): number => map.values[r * map.width + c] ?? Number.NaN;
      const top = mix(at(row.from, column.from), at(row.from, column.to), column.share);
      const bottom = mix(at(row.to, column.from), at(row.to, column.to), column.share);
      values[y * width + x] = mix(top, bottom, row.share);
    });
  });
  return { height, width, values };
}

interface Place {
  readonly from: number;
  readonly to: number;
  readonly share: number;
}

function places(from: number, to: number): Place[] {
  return Array.from({ length: to }, (_, i) => {
    const middle = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5));
    const first = Math.floor(middle);
    return { from: first, to: Math.min(from - 1, first + 1), share: middle - first };
  });
}

function mix(a: number, b: number, share: number): number {
  return a + (b - a) * share;
}

/** Magnitudes, from 0 or from the least. */
export function magnitudeScale({ values }: ValueMap, from: 'zero' | 'least' = 'zero'): MapScale {
  const { low, high } = extent(values);
  return { low: from === 'zero' ? Math.min(0, low) : low, high, colour: viridis };
}

/** Values on both sides of 0, which is the neutral colour. */
export function signedScale({ values }: ValueMap): MapScale {
  const { low, high } = extent(values);
  const side = Math.max(Math.abs(low), Math.abs(high));
  return { low: -side, high: side, colour: diverging };
}

function extent(values: Float32Array): Extent {
  const found = extentOf(values);
  return isEmpty(found) ? { low: 0, high: 0 } : found;
}

/** [height · width · 4]: red, green, blue, opaque. */
export function mapPixels(
  { values }: ValueMap,
  { low, high, colour }: MapScale,
): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(values.length * 4);
  values.forEach((value, i) => {
    pixels.set(colour(high > low ? (value - low) / (high - low) : 0), i * 4);
    pixels[i * 4 + 3] = 255;
  });
  return pixels;
}

/** An image of one or three channels as opaque pixels. */
export function imagePixels(image: Uint8Array, channels: number): Uint8ClampedArray<ArrayBuffer> {
  const count = image.length / channels;
  const pixels = new Uint8ClampedArray(count * 4).fill(255);
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < 3; c++)
      pixels[i * 4 + c] = image[i * channels + (channels >= 3 ? c : 0)] ?? 0;
  }
  return pixels;
}

/** A map over an image, both [H, W, 4]. `opacity` of the map. */
export function overlaid(
  image: Uint8ClampedArray,
  map: Uint8ClampedArray,
  opacity: number,
): Uint8ClampedArray<ArrayBuffer> {
  return Uint8ClampedArray.from(image, (value, i) => mix(value, map[i] ?? value, opacity));
}
