// The picture of a heat map as numbers: columns are units in depth order, rows are ranges of steps, the
// newest on top. New samples touch only their own rows. Pure: no canvas.
import { viridis } from './colour-maps.ts';

/** Samples of one quantity: `values` is row-major [steps.length, width]. */
export interface HeatSource {
  readonly steps: Int32Array;
  readonly values: Float32Array;
  readonly width: number;
}

export interface HeatLayout {
  readonly rows: number;
  /** Steps per row. */
  readonly rowSteps: number;
  /** Both above zero: colours are logarithmic. */
  readonly min: number;
  readonly max: number;
}

export interface RowRange {
  readonly first: number;
  readonly last: number;
}

/** Outside viridis, so that neither can be taken for a large or a small number. */
export const NAN_COLOUR = [255, 46, 166] as const;
export const INFINITE_COLOUR = [255, 122, 0] as const;
export const ZERO_COLOUR = [12, 8, 16] as const;

const LEVELS = 256;
const EMPTY = 0;

/** As ImageData reads it: bytes red, green, blue, alpha. */
function packed([red, green, blue]: readonly [number, number, number]): number {
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

const palette = Uint32Array.from({ length: LEVELS }, (_, i) => packed(viridis(i / (LEVELS - 1))));
const nanPixel = packed(NAN_COLOUR);
const infinitePixel = packed(INFINITE_COLOUR);
const zeroPixel = packed(ZERO_COLOUR);

/** Rows no finer than samples or pixels, over `endStep` steps. */
export function heatRows(
  source: HeatSource,
  endStep: number,
  heightPx: number,
): Pick<HeatLayout, 'rows' | 'rowSteps'> {
  const { steps } = source;
  const count = steps.length;
  const span = (steps[count - 1] ?? 0) - (steps[0] ?? 0);
  const apart = count > 1 ? Math.max(1, span / (count - 1)) : Math.max(1, endStep);
  const rowSteps = Math.max(apart, endStep / Math.max(1, heightPx));
  return { rows: Math.max(1, Math.ceil(endStep / rowSteps)), rowSteps };
}

export class HeatPixels {
  readonly layout: HeatLayout;
  readonly width: number;
  /** [rows, width], row 0 on top. */
  readonly pixels: Uint32Array<ArrayBuffer>;
  hasNaN = false;
  hasInfinite = false;
  hasZero = false;
  /** Largest value of each cell; NaN and infinity win over every number. */
  readonly #values: Float32Array;
  readonly #isFilled: Uint8Array;

  constructor(width: number, layout: HeatLayout) {
    this.width = width;
    this.layout = layout;
    this.pixels = new Uint32Array(width * layout.rows).fill(EMPTY);
    this.#values = new Float32Array(width * layout.rows);
    this.#isFilled = new Uint8Array(layout.rows);
  }

  /** Adds samples `from` up to the end; returns the rows that changed. */
  add(source: HeatSource, from: number): RowRange | undefined {
    let first = Infinity;
    let last = -Infinity;
    for (let sample = from; sample < source.steps.length; sample++) {
      const row = this.rowOf(source.steps[sample] ?? 0);
      if (row < 0 || row >= this.layout.rows) continue;
      this.#addSample(row, source.values, sample * this.width);
      first = Math.min(first, row);
      last = Math.max(last, row);
    }
    return first > last ? undefined : { first, last };
  }

  rowOf(step: number): number {
    return this.layout.rows - 1 - Math.floor(step / this.layout.rowSteps);
  }

  /** Undefined where there was no sample. */
  valueAt(row: number, column: number): number | undefined {
    if (row < 0 || row >= this.layout.rows || this.#isFilled[row] !== 1) return undefined;
    return this.#values[row * this.width + column];
  }

  #addSample(row: number, values: Float32Array, offset: number): void {
    const isFirst = this.#isFilled[row] === 0;
    this.#isFilled[row] = 1;
    for (let column = 0; column < this.width; column++) {
      const cell = row * this.width + column;
      const value = values[offset + column] ?? Number.NaN;
      const before = this.#values[cell] ?? 0;
      const kept = isFirst || Number.isNaN(value) || value > before ? value : before;
      this.#values[cell] = kept;
      this.pixels[cell] = this.#pixelOf(kept);
    }
  }

  #pixelOf(value: number): number {
    if (Number.isNaN(value)) {
      this.hasNaN = true;
      return nanPixel;
    }
    if (!Number.isFinite(value)) {
      this.hasInfinite = true;
      return infinitePixel;
    }
    if (value <= 0) {
      this.hasZero = true;
      return zeroPixel;
    }
    return palette[Math.round(logShare(value, this.layout) * (LEVELS - 1))] ?? 0;
  }
}

/** Place of a value on the colour scale, 0 to 1. */
export function logShare(value: number, { min, max }: Pick<HeatLayout, 'min' | 'max'>): number {
  const share = (Math.log(value) - Math.log(min)) / (Math.log(max) - Math.log(min));
  return Math.min(1, Math.max(0, share));
}

/** Smallest and largest positive finite value; `low > high` if there is none. */
export function positiveExtent(values: Float32Array): { low: number; high: number } {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (!(value > 0) || value === Infinity) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}
