// Points of one series as typed arrays, and their packed form in the database (little-endian, copied
// byte by byte, so every NaN keeps its bits). Pure.

/** `values` has `width` numbers per point. Steps rise strictly. */
export interface SeriesPoints {
  readonly steps: Int32Array;
  /** Wall clock since the start of the run. */
  readonly elapsedMs: Float64Array;
  readonly values: Float32Array;
}

export interface PackedPoints {
  readonly steps: Uint8Array;
  readonly elapsed: Uint8Array;
  readonly points: Uint8Array;
}

export function pack(points: SeriesPoints): PackedPoints {
  return {
    steps: bytesOf(points.steps),
    elapsed: bytesOf(points.elapsedMs),
    points: bytesOf(points.values),
  };
}

/** Joins chunks in order. */
export function unpack(chunks: readonly PackedPoints[]): SeriesPoints {
  return {
    steps: new Int32Array(joined(chunks.map((chunk) => chunk.steps))),
    elapsedMs: new Float64Array(joined(chunks.map((chunk) => chunk.elapsed))),
    values: new Float32Array(joined(chunks.map((chunk) => chunk.points))),
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
