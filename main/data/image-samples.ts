// Raw samples of a decoded file → opaque 8-bit grey or colour, by the pixel rules: the window of 16-bit
// samples, the ground behind transparent pixels. Every format that is not plain 8-bit colour passes here.
import {
  groundColour,
  LARGEST_SAMPLE,
  windowOf,
  type PixelRules,
} from '../../shared/spec/pixel-rules.ts';
import { NOTHING_TO_NOTE, withNote, type ImageNotes } from './image-notes.ts';

export interface Samples {
  /** Grey, grey and alpha, colour, or colour and alpha. */
  readonly channels: 1 | 2 | 3 | 4;
  /** Row by row. 16-bit words are samples of 16 bits; alpha has as many bits as the colours. */
  readonly values: Uint8Array | Uint16Array;
}

export interface Colours {
  readonly channels: 1 | 3;
  readonly pixels: Uint8Array;
  readonly notes: ImageNotes;
}

export function toColours(samples: Samples, rules: PixelRules): Colours {
  const { values } = samples;
  const hasAlpha = samples.channels === 2 || samples.channels === 4;
  const ranged = values instanceof Uint16Array ? withRange(samples) : NOTHING_TO_NOTE;
  const largest = values instanceof Uint16Array ? LARGEST_SAMPLE : 255;
  const isTransparent = hasAlpha && hasTransparency(samples, largest);
  const notes = isTransparent ? withNote(ranged, 'transparent') : ranged;
  const level = values instanceof Uint16Array ? windowLevels(rules.depth) : undefined;
  const ground = isTransparent ? groundColour(rules.ground) : undefined;
  if (ground !== undefined) return composited(samples, { ground, level, largest, notes });
  return { ...withoutAlpha(samples, level), notes };
}

function withoutAlpha(
  { channels, values }: Samples,
  level: Float64Array | undefined,
): Omit<Colours, 'notes'> {
  const kept = channels <= 2 ? 1 : 3;
  if (kept === channels && values instanceof Uint8Array) return { channels: kept, pixels: values };
  const pixels = new Uint8Array((values.length / channels) * kept);
  for (let from = 0, to = 0; from < values.length; from += channels, to += kept) {
    for (let c = 0; c < kept; c++) {
      const value = values[from + c] ?? 0;
      pixels[to + c] = level === undefined ? value : Math.round(level[value] ?? 0);
    }
  }
  return { channels: kept, pixels };
}

interface Ground {
  readonly ground: readonly number[];
  readonly level: Float64Array | undefined;
  readonly largest: number;
  readonly notes: ImageNotes;
}

/** c · α + ground · (1 − α), rounded once. Grey stays grey on a grey ground. */
function composited(
  { channels, values }: Samples,
  { ground, level, largest, notes }: Ground,
): Colours {
  const isGreyGround = ground.every((value) => value === ground[0]);
  const kept = channels === 2 && isGreyGround ? 1 : 3;
  const alphaAt = channels - 1;
  const pixels = new Uint8Array((values.length / channels) * kept);
  for (let from = 0, to = 0; from < values.length; from += channels, to += kept) {
    const alpha = (values[from + alphaAt] ?? 0) / largest;
    for (let c = 0; c < kept; c++) {
      const value = values[from + (channels === 2 ? 0 : c)] ?? 0;
      const colour = level === undefined ? value : (level[value] ?? 0);
      pixels[to + c] = Math.round(colour * alpha + (ground[c] ?? 0) * (1 - alpha));
    }
  }
  return { channels: kept, pixels, notes };
}

function hasTransparency({ channels, values }: Samples, opaque: number): boolean {
  for (let at = channels - 1; at < values.length; at += channels) {
    if (values[at] !== opaque) return true;
  }
  return false;
}

/** Of the colours, not of alpha. */
function withRange({ channels, values }: Samples): ImageNotes {
  const kept = channels <= 2 ? 1 : 3;
  let low = LARGEST_SAMPLE;
  let high = 0;
  for (let from = 0; from < values.length; from += channels) {
    for (let c = 0; c < kept; c++) {
      const value = values[from + c] ?? 0;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return { ...withNote(NOTHING_TO_NOTE, 'sixteen-bit'), low, high };
}

const tables = new Map<string, Float64Array>();

/** The 8-bit level of every 16-bit value, not rounded. */
function windowLevels(depth: string | undefined): Float64Array {
  const { low, high } = windowOf(depth) ?? { low: 0, high: LARGEST_SAMPLE };
  const key = `${low}..${high}`;
  const known = tables.get(key);
  if (known !== undefined) return known;
  const levels = Float64Array.from({ length: LARGEST_SAMPLE + 1 }, (_, value) =>
    Math.min(255, Math.max(0, ((value - low) * 255) / (high - low))),
  );
  tables.clear(); // one window is in use at a time
  tables.set(key, levels);
  return levels;
}
