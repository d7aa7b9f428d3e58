// Seeded random numbers, the same on every machine: shuffles, splits, weight initialization and the
// generated data. Not for anything inside a recorded graph; that uses TensorFlow's stateless ops.

export interface Rng {
  /** Uniform in [0, 1) with 32 bits. */
  uniform(): number;
  /** Integer in [0, bound). */
  below(bound: number): number;
  /** Standard normal (Box–Muller; both values of a pair are used). */
  normal(): number;
  /** Fills with what as many calls of `normal()` return, times the deviation: in half of their time. */
  fillNormal(values: Float32Array, deviation: number): void;
}

/** A 32-bit hash of text (FNV-1a with a final avalanche), for seeds that depend on names. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return avalanche(hash);
}

function avalanche(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/**
 * Creates a generator (sfc32, Chris Doty-Humphrey, PractRand) from any number of integer or text
 * parts: `createRng(seed, 'shuffle', epoch)` gives an independent stream for each combination.
 */
export function createRng(...parts: readonly (number | string)[]): Rng {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = 0xb7e15162;
  let counter = 1;
  const next = (): number => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return t >>> 0;
  };
  for (const part of parts) {
    const word = typeof part === 'string' ? hashText(part) : part;
    a ^= word | 0;
    // Seeds above 2^32 keep their high bits.
    b ^= Math.floor(word / 0x1_0000_0000) | 0;
    for (let i = 0; i < 12; i++) next();
  }
  const uniform = (): number => next() / 0x1_0000_0000;
  // In memory of its own: a number that a closure keeps would be allocated anew at every draw.
  const pair = new Float64Array(2);
  let isSecondLeft = false;
  const drawPair = (): void => {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    pair[0] = radius * Math.cos(angle);
    pair[1] = radius * Math.sin(angle);
  };
  const normal = (): number => {
    if (!isSecondLeft) drawPair();
    isSecondLeft = !isSecondLeft;
    return pair[isSecondLeft ? 0 : 1] ?? Number.NaN;
  };
  return {
    uniform,
    below: (bound) => Math.floor(uniform() * bound),
    normal,
    fillNormal: (values, deviation) => {
      let i = 0;
      if (isSecondLeft && values.length > 0) values[i++] = normal() * deviation;
      for (; i + 1 < values.length; i += 2) {
        drawPair();
        values[i] = (pair[0] ?? 0) * deviation;
        values[i + 1] = (pair[1] ?? 0) * deviation;
      }
      if (i < values.length) values[i] = normal() * deviation;
    },
  };
}

/** Shuffles in place (Fisher–Yates) and returns the same array. */
export function shuffle<T extends Int32Array | Uint32Array | unknown[]>(items: T, rng: Rng): T {
  const list = items as { [index: number]: unknown };
  for (let i = items.length - 1; i > 0; i--) {
    const j = rng.below(i + 1);
    const held = list[i];
    list[i] = list[j];
    list[j] = held;
  }
  return items;
}
