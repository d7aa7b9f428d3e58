// Principal component analysis of many points in many dimensions, by subspace iteration (Halko, Martinsson & Tropp
// 2011, arXiv 0909.4061, algorithm 4.4): the few largest components, in time linear in points and dimensions. Pure,
// the same numbers for the same seed.
import { createRng } from '../rng.ts';

export interface Points {
  /** [count, width], row by row. */
  readonly values: Float32Array;
  readonly count: number;
  readonly width: number;
}

export interface PrincipalAxes {
  /** [count, components]: the points along the axes, largest variance first. */
  readonly scores: Float32Array;
  readonly components: number;
  /** Of all variance, by axis. */
  readonly shares: readonly number[];
}

/** Axes beyond those asked for, and passes over the points: enough for shares to three digits. */
const MORE_AXES = 6;
const PASSES = 4;

/**
 * @param components at most; never more than points or dimensions
 * @param onPass told how much is done, 0…1
 */
export function principalAxes(
  points: Points,
  components: number,
  onPass: (fraction: number) => void = () => undefined,
): PrincipalAxes {
  const { count, width } = points;
  const kept = Math.min(components, count, width);
  const tried = Math.min(kept + MORE_AXES, count, width);
  const centred = withoutMean(points);
  const rng = createRng(1, 'principal axes');
  let axes = Float64Array.from({ length: width * tried }, () => rng.normal());
  orthonormalize(axes, width, tried);
  for (let pass = 0; pass < PASSES; pass++) {
    axes = backProjected(centred, projected(centred, axes, tried), tried);
    orthonormalize(axes, width, tried);
    onPass((pass + 1) / (PASSES + 1));
  }
  const coordinates = projected(centred, axes, tried);
  const { vectors, values } = symmetricEigen(gram(coordinates, count, tried), tried);
  const scores = new Float32Array(count * kept);
  for (let c = 0; c < kept; c++) {
    const sign = signOf(vectors, c, tried);
    for (let i = 0; i < count; i++) {
      let sum = 0;
      for (let j = 0; j < tried; j++) {
        sum += (coordinates[i * tried + j] ?? 0) * (vectors[j * tried + c] ?? 0);
      }
      scores[i * kept + c] = sign * sum;
    }
  }
  onPass(1);
  const total = centred.values.reduce((sum, value) => sum + value * value, 0);
  const shares = values.slice(0, kept).map((value) => (total > 0 ? Math.max(0, value) / total : 0));
  return { scores, components: kept, shares };
}

function withoutMean({ values, count, width }: Points): Points {
  const sums = new Float64Array(width);
  values.forEach((value, i) => (sums[i % width] = (sums[i % width] ?? 0) + value));
  const mean = sums.map((sum) => sum / count);
  return { values: values.map((value, i) => value - (mean[i % width] ?? 0)), count, width };
}

/** [count, axes] of [count, width] · [width, axes]. */
function projected({ values, count, width }: Points, axes: Float64Array, n: number): Float64Array {
  const result = new Float64Array(count * n);
  for (let i = 0; i < count; i++) {
    for (let d = 0; d < width; d++) {
      const value = values[i * width + d] ?? 0;
      if (value === 0) continue;
      for (let j = 0; j < n; j++) {
        result[i * n + j] = (result[i * n + j] ?? 0) + value * (axes[d * n + j] ?? 0);
      }
    }
  }
  return result;
}

/** [width, axes] of [count, width]ᵀ · [count, axes]. */
function backProjected(
  { values, count, width }: Points,
  coordinates: Float64Array,
  n: number,
): Float64Array<ArrayBuffer> {
  const result = new Float64Array(width * n);
  for (let i = 0; i < count; i++) {
    for (let d = 0; d < width; d++) {
      const value = values[i * width + d] ?? 0;
      if (value === 0) continue;
      for (let j = 0; j < n; j++) {
        result[d * n + j] = (result[d * n + j] ?? 0) + value * (coordinates[i * n + j] ?? 0);
      }
    }
  }
  return result;
}

/** Gram–Schmidt on the columns, twice, as once is not enough in floating point. A column of nothing stays zero. */
function orthonormalize(axes: Float64Array, rows: number, columns: number): void {
  for (let c = 0; c < columns; c++) {
    const before = lengthOf(axes, rows, columns, c);
    for (let round = 0; round < 2; round++) {
      for (let other = 0; other < c; other++) {
        let dot = 0;
        for (let r = 0; r < rows; r++) {
          dot += (axes[r * columns + c] ?? 0) * (axes[r * columns + other] ?? 0);
        }
        for (let r = 0; r < rows; r++) {
          axes[r * columns + c] =
            (axes[r * columns + c] ?? 0) - dot * (axes[r * columns + other] ?? 0);
        }
      }
    }
    const length = lengthOf(axes, rows, columns, c);
    const scale = length > 1e-10 * before ? 1 / length : 0;
    for (let r = 0; r < rows; r++) axes[r * columns + c] = (axes[r * columns + c] ?? 0) * scale;
  }
}

function lengthOf(axes: Float64Array, rows: number, columns: number, c: number): number {
  let sum = 0;
  for (let r = 0; r < rows; r++) sum += (axes[r * columns + c] ?? 0) ** 2;
  return Math.sqrt(sum);
}

function gram(values: Float64Array, count: number, n: number): Float64Array<ArrayBuffer> {
  const result = new Float64Array(n * n);
  for (let i = 0; i < count; i++) {
    for (let a = 0; a < n; a++) {
      for (let b = 0; b < n; b++) {
        result[a * n + b] =
          (result[a * n + b] ?? 0) + (values[i * n + a] ?? 0) * (values[i * n + b] ?? 0);
      }
    }
  }
  return result;
}

const SWEEPS = 60;

/** Jacobi's rotations; eigenvalues falling, vectors in columns. */
function symmetricEigen(
  matrix: Float64Array<ArrayBuffer>,
  n: number,
): { readonly vectors: Float64Array; readonly values: readonly number[] } {
  const a = matrix.slice();
  const v = Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
  const at = (m: Float64Array, r: number, c: number): number => m[r * n + c] ?? 0;
  const rotate = (
    m: Float64Array,
    p: number,
    q: number,
    step: 1 | 'rows',
    cs: number,
    sn: number,
  ) => {
    for (let k = 0; k < n; k++) {
      const [i, j] = step === 'rows' ? [p * n + k, q * n + k] : [k * n + p, k * n + q];
      const [x, y] = [m[i] ?? 0, m[j] ?? 0];
      m[i] = cs * x - sn * y;
      m[j] = sn * x + cs * y;
    }
  };
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let off = 0;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const apq = at(a, p, q);
        off += apq * apq;
        if (apq === 0) continue;
        const theta = (at(a, q, q) - at(a, p, p)) / (2 * apq);
        const t = Math.sign(theta || 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const cs = 1 / Math.sqrt(t * t + 1);
        rotate(a, p, q, 1, cs, t * cs);
        rotate(a, p, q, 'rows', cs, t * cs);
        rotate(v, p, q, 1, cs, t * cs);
      }
    }
    if (off === 0) break;
  }
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => at(a, j, j) - at(a, i, i));
  const vectors = Float64Array.from({ length: n * n }, (_, i) =>
    at(v, Math.floor(i / n), order[i % n] ?? 0),
  );
  return { vectors, values: order.map((i) => at(a, i, i)) };
}

/** An axis has no direction of its own: its largest part shows upwards. */
function signOf(vectors: Float64Array, c: number, n: number): 1 | -1 {
  let largest = 0;
  for (let r = 0; r < n; r++) {
    const value = vectors[r * n + c] ?? 0;
    if (Math.abs(value) > Math.abs(largest)) largest = value;
  }
  return largest < 0 ? -1 : 1;
}
