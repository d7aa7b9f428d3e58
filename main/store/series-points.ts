// Points of one series as typed arrays, and their packed form in the database (little-endian, copied
// byte by byte, so every NaN keeps its bits). Pure.

/** `values` has `width` numbers per point. Steps rise strictly. */
export interface SeriesValues {
  readonly steps: Int32Array;
  readonly values: Float32Array;
}

export interface SeriesPoints extends SeriesValues {
  /** Training time since the start of the run. */
  readonly elapsedMs: Float64Array;
}

export interface PackedValues {
  readonly firstStep: number;
  readonly lastStep: number;
  readonly count: number;
  /** Null where every step from the first to the last has a point. */
  readonly steps: Uint8Array | null;
  readonly points: Uint8Array;
}

export interface PackedPoints extends PackedValues {
  readonly elapsed: Uint8Array;
}

export function pack({ steps, elapsedMs, values }: SeriesPoints): PackedPoints {
  const firstStep = steps[0] ?? 0;
  const lastStep = steps[steps.length - 1] ?? 0;
  const count = steps.length;
  return {
    ...{ firstStep, lastStep, count },
    steps: lastStep - firstStep + 1 === count ? null : bytesOf(steps),
    elapsed: bytesOf(elapsedMs),
    points: bytesOf(values),
  };
}

/** Joins chunks in order. */
export function unpackValues(chunks: readonly PackedValues[]): SeriesValues {
  const steps = new Int32Array(chunks.reduce((sum, { count }) => sum + count, 0));
  let at = 0;
  for (const chunk of chunks) {
    if (chunk.steps === null) {
      for (let i = 0; i < chunk.count; i++) steps[at + i] = chunk.firstStep + i;
    } else {
      bytesOf(steps).set(chunk.steps, 4 * at);
    }
    at += chunk.count;
  }
  return { steps, values: new Float32Array(joined(chunks.map(({ points }) => points))) };
}

export function unpack(chunks: readonly PackedPoints[]): SeriesPoints {
  return {
    ...unpackValues(chunks),
    elapsedMs: new Float64Array(joined(chunks.map(({ elapsed }) => elapsed))),
  };
}

/** Points `from` up to but without `to`, as views. */
export function slice(
  points: SeriesPoints,
  width: number,
  from: number,
  to = points.steps.length,
): SeriesPoints {
  return {
    steps: points.steps.subarray(from, to),
    elapsedMs: points.elapsedMs.subarray(from, to),
    values: points.values.subarray(from * width, to * width),
  };
}

function bytesOf(array: Int32Array | Float64Array | Float32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function joined(parts: readonly Uint8Array[]): ArrayBuffer {
  const buffer = new ArrayBuffer(parts.reduce((sum, part) => sum + part.byteLength, 0));
  const bytes = new Uint8Array(buffer);
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.byteLength;
  }
  return buffer;
}
