// `builtin:shapes`: ten classes, 32×32×3, drawn from a seed. The class is the outline and the fill of
// the LARGEST figure. Every image also holds a smaller figure of another outline with the other fill,
// so neither a patch of texture nor a corner tells the class: the two must be bound to one object and
// sizes compared. Position, turn, size, colours, light, strokes and noise vary freely; colours are
// drawn without regard to the class. Image i depends only on (seed, split, i).
import { createRng, type Rng } from '../../shared/rng.ts';
import {
  clamp01,
  distanceTo,
  FIGURES,
  FILLS,
  markCoverage,
  type Figure,
  type Fill,
} from './shapes-figures.ts';

export const SHAPES_SIDE = 32;
export const SHAPES_CHANNELS = 3 as const;
/** Raised whenever a byte of the output changes, so that caches are rebuilt. */
export const SHAPES_VERSION = 1;

/** `striped circle`, `spotted circle`, `striped square`, … */
export const SHAPES_CLASSES: readonly string[] = FIGURES.flatMap((figure) =>
  FILLS.map((fill) => `${fill} ${figure}`),
);

const PIXELS = SHAPES_SIDE * SHAPES_SIDE;
const ROW_BYTES = PIXELS * SHAPES_CHANNELS;
const NOISE_TABLE_SIZE = 1 << 16;

type Colour = readonly [number, number, number];

interface Placed {
  readonly figure: Figure;
  readonly fill: Fill;
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

export interface ShapesGenerator {
  /** The class of image `index`: the classes take turns, so that any prefix is balanced. */
  labelOf(index: number): number;
  /** Draws image `index` of the named split into `into` at `offset`. */
  draw(split: string, index: number, into: Uint8Array, offset: number): void;
}

export interface ShapesOptions {
  readonly seed: number;
  /** Draw the smaller figures beside the one that counts. Without them the task is easy. */
  readonly decoys: boolean;
  /**
   * Draw everything in random colours. Without them all is grey: light figures with dark marks on a dark
   * ground, so that no network has to learn each contrast in both directions, which most of a short
   * training goes into.
   */
  readonly colours: boolean;
}

export function createShapes({ seed, decoys, colours }: ShapesOptions): ShapesGenerator {
  const noise = noiseTable(createRng(seed, 'shapes', 'noise'));
  const canvas = new Float64Array(ROW_BYTES);
  const labelOf = (index: number): number => index % SHAPES_CLASSES.length;
  return {
    labelOf,
    draw: (split, index, into, offset) => {
      const rng = createRng(seed, 'shapes', split, index);
      drawScene(canvas, labelOf(index), { rng, decoys, colours });
      develop(canvas, noise, rng, into, offset);
    },
  };
}

function drawScene(
  canvas: Float64Array,
  label: number,
  {
    rng,
    decoys,
    colours,
  }: { readonly rng: Rng; readonly decoys: boolean; readonly colours: boolean },
): void {
  const figure = FIGURES[label >> 1] ?? 'circle';
  const fill = FILLS[label & 1] ?? 'striped';
  const anyColour = (): Colour => (colours ? randomColour(rng) : grey(rng.uniform()));
  const background = colours ? randomColour(rng) : grey(between(rng, 0, 0.3));
  for (let i = 0; i < ROW_BYTES; i++) canvas[i] = background[i % 3] ?? 0;
  const strokes = 2 + rng.below(3);
  for (let i = 0; i < strokes; i++) {
    drawStroke(canvas, mixed(background, anyColour(), between(rng, 0.25, 0.6)), rng);
  }

  const radius = between(rng, 8, 11.4);
  const margin = radius * 0.82;
  const main: Placed = {
    figure,
    fill,
    radius,
    x: between(rng, margin, SHAPES_SIDE - margin),
    y: between(rng, margin, SHAPES_SIDE - margin),
  };
  const small: Placed[] = [];
  const others = decoys ? 1 + rng.below(2) : 0;
  for (let i = 0; i < others; i++) {
    const other = FIGURES[(FIGURES.indexOf(figure) + 1 + rng.below(FIGURES.length - 1)) % 5];
    const otherFill = i === 0 || rng.below(2) === 0 ? otherThan(fill) : fill;
    small.push(placeBeside(main, small, other ?? 'circle', otherFill, rng));
  }
  for (const placed of [main, ...small]) {
    drawFigure(canvas, placed, () => figureColours(background, { rng, colours }), rng);
  }
  if (rng.below(3) === 0) drawStroke(canvas, anyColour(), rng);
}

function otherThan(fill: Fill): Fill {
  return fill === 'striped' ? 'spotted' : 'striped';
}

/** The freest of some random places: it may touch the large figure but must not hide it. */
function placeBeside(
  main: Placed,
  placed: readonly Placed[],
  figure: Figure,
  fill: Fill,
  rng: Rng,
): Placed {
  const radius = Math.min(between(rng, 3.8, 5.6), main.radius * 0.56);
  let best = { x: 0, y: 0 };
  let bestGap = -Infinity;
  for (let attempt = 0; attempt < 10 && bestGap < 0; attempt++) {
    const x = between(rng, radius * 0.9, SHAPES_SIDE - radius * 0.9);
    const y = between(rng, radius * 0.9, SHAPES_SIDE - radius * 0.9);
    let gap = Infinity;
    for (const other of [main, ...placed]) {
      const dx = x - other.x;
      const dy = y - other.y;
      gap = Math.min(gap, Math.sqrt(dx * dx + dy * dy) - (radius + other.radius) * 0.95);
    }
    if (gap > bestGap) {
      bestGap = gap;
      best = { x, y };
    }
  }
  return { figure, fill, radius, ...best };
}

interface FigureColours {
  readonly body: Colour;
  readonly marks: Colour;
}

function drawFigure(
  canvas: Float64Array,
  placed: Placed,
  choose: () => FigureColours,
  rng: Rng,
): void {
  const { figure, fill, x: cx, y: cy, radius } = placed;
  const [cos, sin] = randomTurn(rng);
  const [markCos, markSin] = randomTurn(rng);
  const { body, marks } = choose();
  const period = fill === 'striped' ? between(rng, 3.9, 5) : between(rng, 4.1, 5);
  const phase = between(rng, 0, period);
  const reach = radius * 1.25 + 1;
  const x0 = Math.max(0, Math.floor(cx - reach));
  const x1 = Math.min(SHAPES_SIDE - 1, Math.floor(cx + reach) + 1);
  const y0 = Math.max(0, Math.floor(cy - reach));
  const y1 = Math.min(SHAPES_SIDE - 1, Math.floor(cy + reach) + 1);
  for (let y = y0; y <= y1; y++) {
    for (let x = x0; x <= x1; x++) {
      const dx = x + 0.5 - cx;
      const dy = y + 0.5 - cy;
      const distance = distanceTo(figure, cos * dx + sin * dy, cos * dy - sin * dx, radius);
      const cover = clamp01(0.5 - distance);
      if (cover === 0) continue;
      const mark = markCoverage(
        fill,
        markCos * dx + markSin * dy + phase,
        markCos * dy - markSin * dx + phase,
        period,
      );
      const at = (y * SHAPES_SIDE + x) * 3;
      for (let c = 0; c < 3; c++) {
        const inside = (body[c] ?? 0) * (1 - mark) + (marks[c] ?? 0) * mark;
        canvas[at + c] = (canvas[at + c] ?? 0) * (1 - cover) + inside * cover;
      }
    }
  }
}

function figureColours(
  background: Colour,
  { rng, colours }: { readonly rng: Rng; readonly colours: boolean },
): FigureColours {
  if (!colours) return { body: grey(between(rng, 0.7, 1)), marks: grey(between(rng, 0, 0.3)) };
  const body = contrastingColour(background, 0.2, rng);
  return { body, marks: markColour(body, background, rng) };
}

/** A straight bar through the picture, from side to side. */
function drawStroke(canvas: Float64Array, colour: Colour, rng: Rng): void {
  const [cos, sin] = randomTurn(rng);
  const cx = between(rng, 0, SHAPES_SIDE);
  const cy = between(rng, 0, SHAPES_SIDE);
  const halfWidth = between(rng, 0.5, 1.3);
  for (let y = 0; y < SHAPES_SIDE; y++) {
    for (let x = 0; x < SHAPES_SIDE; x++) {
      const across = Math.abs(cos * (x + 0.5 - cx) + sin * (y + 0.5 - cy));
      const cover = clamp01(halfWidth + 0.5 - across);
      if (cover === 0) continue;
      const at = (y * SHAPES_SIDE + x) * 3;
      for (let c = 0; c < 3; c++) {
        canvas[at + c] = (canvas[at + c] ?? 0) * (1 - cover) + (colour[c] ?? 0) * cover;
      }
    }
  }
}

/** Uneven light, contrast and sensor noise, then bytes. */
function develop(
  canvas: Float64Array,
  noise: Float64Array,
  rng: Rng,
  into: Uint8Array,
  offset: number,
): void {
  const [cos, sin] = randomTurn(rng);
  const slope = between(rng, 0, 0.5) / SHAPES_SIDE;
  const gain = between(rng, 0.65, 1) * 255;
  const lift = between(rng, 0, 255 - gain);
  const sigma = between(rng, 5, 16);
  const start = rng.below(NOISE_TABLE_SIZE);
  const stride = rng.below(NOISE_TABLE_SIZE / 2) * 2 + 1;
  let at = start;
  for (let y = 0, i = 0; y < SHAPES_SIDE; y++) {
    for (let x = 0; x < SHAPES_SIDE; x++) {
      const light = 1 + slope * (cos * (x - 15.5) + sin * (y - 15.5));
      for (let c = 0; c < 3; c++, i++) {
        at = (at + stride) & (NOISE_TABLE_SIZE - 1);
        const value = (canvas[i] ?? 0) * light * gain + lift + (noise[at] ?? 0) * sigma;
        into[offset + i] = value <= 0 ? 0 : value >= 255 ? 255 : Math.floor(value + 0.5);
      }
    }
  }
}

/** Close to standard normal: sums of four uniform bytes. One table serves every image. */
function noiseTable(rng: Rng): Float64Array {
  const table = new Float64Array(NOISE_TABLE_SIZE);
  const deviation = Math.sqrt((4 * (256 ** 2 - 1)) / 12);
  for (let i = 0; i < NOISE_TABLE_SIZE; i++) {
    let sum = -510;
    for (let j = 0; j < 4; j++) sum += rng.below(256);
    table[i] = sum / deviation;
  }
  return table;
}

function between(rng: Rng, low: number, high: number): number {
  return low + (high - low) * rng.uniform();
}

/** A direction as [cosine, sine], by the rational half-angle formula and a random quarter turn. */
function randomTurn(rng: Rng): readonly [number, number] {
  // t runs to tan(45°/2); the square of it is small, so the angles are close to uniform.
  const t = between(rng, -0.4142135623730951, 0.4142135623730951);
  const cos = (1 - t * t) / (1 + t * t);
  const sin = (2 * t) / (1 + t * t);
  switch (rng.below(4)) {
    case 0:
      return [cos, sin];
    case 1:
      return [-sin, cos];
    case 2:
      return [-cos, -sin];
    default:
      return [sin, -cos];
  }
}

function randomColour(rng: Rng): Colour {
  return [rng.uniform(), rng.uniform(), rng.uniform()];
}

function mixed(a: Colour, b: Colour, amount: number): Colour {
  return [
    a[0] + (b[0] - a[0]) * amount,
    a[1] + (b[1] - a[1]) * amount,
    a[2] + (b[2] - a[2]) * amount,
  ];
}

function grey(value: number): Colour {
  return [value, value, value];
}

function brightness([red, green, blue]: Colour): number {
  return 0.3 * red + 0.59 * green + 0.11 * blue;
}

/** A random colour whose brightness differs from the given one by at least `least`. */
function contrastingColour(from: Colour, least: number, rng: Rng): Colour {
  for (;;) {
    const colour = randomColour(rng);
    if (Math.abs(brightness(from) - brightness(colour)) >= least) return colour;
  }
}

/** Clear against the body, and not so close to the background that the outline dissolves. */
function markColour(body: Colour, background: Colour, rng: Rng): Colour {
  for (;;) {
    const colour = contrastingColour(body, 0.3, rng);
    if (Math.abs(brightness(background) - brightness(colour)) >= 0.1) return colour;
  }
}
