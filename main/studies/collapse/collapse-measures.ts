// Neural collapse from the last features (Papyan et al. 2020, arXiv 2008.08186). Pure; sums of products in
// double precision. Between-class covariance has at most the rank of the classes, so its pseudo-inverse is
// taken through the small matrix of the products of class means.
import { eigenSymmetric } from './eigen.ts';

export interface CollapseMeasures {
  /** tr(Σ_W Σ_B⁺) / C. */
  readonly withinOverBetween: number;
  readonly traceRatio: number;
  readonly cosine: number;
  readonly cosineDeviation: number;
  readonly normVariation: number;
  /** Nearest class mean of each example. */
  readonly nearest: Int32Array;
}

/**
 * @param features [N, D] row-major
 * @param labels one of `classes`; classes without examples are left out of all measures
 */
export function measureCollapse(
  features: Float32Array,
  labels: Int32Array,
  classes: number,
): CollapseMeasures {
  const width = features.length / Math.max(1, labels.length);
  const { means, present } = classMeans(features, labels, { classes, width });
  const global = averageOf(present.map((c) => rowOf(means, c, width)));
  // Centred class means, one a row: Σ_B = Mᵀ M / C.
  const centred = present.map((c) =>
    rowOf(means, c, width).map((value, d) => value - (global[d] ?? 0)),
  );
  const products = centred.map((a) => centred.map((b) => dot(a, b)));
  const count = present.length;
  const within = withinClasses(features, labels, { means, centred, width });
  const between = products.reduce((sum, row, i) => sum + (row[i] ?? 0), 0) / count;
  const norms = products.map((row, i) => Math.sqrt(row[i] ?? 0));
  const cosines = products.flatMap((row, i) =>
    row.slice(i + 1).map((value, k) => value / ((norms[i] ?? 0) * (norms[i + 1 + k] ?? 0))),
  );
  const normMean = meanOf(norms);
  return {
    withinOverBetween: traceWithInverse(products, within.projected),
    traceRatio: within.trace / between,
    cosine: meanOf(cosines),
    cosineDeviation: deviationOf(cosines),
    normVariation: deviationOf(norms) / normMean,
    nearest: nearestMeans(features, { means, present, width }),
  };
}

interface Means {
  /** [classes, D] row-major. */
  readonly means: Float64Array;
  readonly width: number;
}

function classMeans(
  features: Float32Array,
  labels: Int32Array,
  { classes, width }: { readonly classes: number; readonly width: number },
): { means: Float64Array; present: number[] } {
  const means = new Float64Array(classes * width);
  const counts = new Float64Array(classes);
  labels.forEach((label, n) => {
    counts[label] = (counts[label] ?? 0) + 1;
    for (let d = 0; d < width; d++) {
      const at = label * width + d;
      means[at] = (means[at] ?? 0) + (features[n * width + d] ?? Number.NaN);
    }
  });
  const present = [...counts.keys()].filter((c) => (counts[c] ?? 0) > 0);
  for (const c of present) {
    for (let d = 0; d < width; d++) {
      means[c * width + d] = (means[c * width + d] ?? 0) / (counts[c] ?? 1);
    }
  }
  return { means, present };
}

/** tr Σ_W, and M Σ_W Mᵀ [C, C]; Σ_W is the mean over all examples. */
function withinClasses(
  features: Float32Array,
  labels: Int32Array,
  given: Means & { readonly centred: readonly Float64Array[] },
): { trace: number; projected: number[][] } {
  const { means, width, centred } = given;
  const count = centred.length;
  const projected = centred.map(() => new Array<number>(count).fill(0));
  const apart = new Float64Array(width);
  let trace = 0;
  labels.forEach((label, n) => {
    for (let d = 0; d < width; d++) {
      const value = (features[n * width + d] ?? Number.NaN) - (means[label * width + d] ?? 0);
      apart[d] = value;
      trace += value * value;
    }
    const along = centred.map((mean) => dot(mean, apart));
    along.forEach((a, i) => {
      const row = projected[i] ?? [];
      along.forEach((b, j) => (row[j] = (row[j] ?? 0) + a * b));
    });
  });
  return {
    trace: trace / labels.length,
    projected: projected.map((row) => row.map((value) => value / labels.length)),
  };
}

/** Eigenvalues below this share of the largest count as zero. */
const RANK_TOLERANCE = 1e-10;

/**
 * With Σ_B = MᵀM / C and G = M Mᵀ: Σ_B⁺ = C · Mᵀ G⁺ G⁺ M, so tr(Σ_W Σ_B⁺) / C = tr(G⁺ G⁺ · M Σ_W Mᵀ).
 */
function traceWithInverse(
  products: readonly (readonly number[])[],
  projected: readonly (readonly number[])[],
): number {
  const { values, vectors } = eigenSymmetric(products);
  const largest = Math.max(...values.map(Math.abs));
  return values.reduce((sum, value, k) => {
    if (!(Math.abs(value) > RANK_TOLERANCE * largest)) return sum;
    const v = vectors[k] ?? [];
    const along = projected.reduce(
      (total, row, i) =>
        total + (v[i] ?? 0) * row.reduce((inner, entry, j) => inner + entry * (v[j] ?? 0), 0),
      0,
    );
    return sum + along / value ** 2;
  }, 0);
}

function nearestMeans(
  features: Float32Array,
  { means, present, width }: Means & { readonly present: readonly number[] },
): Int32Array {
  return Int32Array.from({ length: features.length / width }, (_, n) => {
    let [nearest, least] = [present[0] ?? 0, Infinity];
    for (const c of present) {
      let distance = 0;
      for (let d = 0; d < width; d++) {
        distance += ((features[n * width + d] ?? Number.NaN) - (means[c * width + d] ?? 0)) ** 2;
      }
      if (distance < least) [nearest, least] = [c, distance];
    }
    return nearest;
  });
}

function rowOf(matrix: Float64Array, row: number, width: number): Float64Array {
  return matrix.slice(row * width, (row + 1) * width);
}

function averageOf(rows: readonly Float64Array[]): Float64Array {
  const [first = new Float64Array()] = rows;
  return first.map((_, d) => rows.reduce((sum, row) => sum + (row[d] ?? 0), 0) / rows.length);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviationOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2)));
}
