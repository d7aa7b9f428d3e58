// Unbiased HSIC of two Gram matrices and what CKA is made of. Pure.

/** A Gram matrix whose diagonal is left out, prepared for `unbiasedHsic`. */
export interface PreparedGram {
  readonly size: number;
  /** Row-major, zeros on the diagonal. */
  readonly values: Float64Array;
  readonly rowSums: Float64Array;
  readonly sum: number;
}

/** @param gram [n, n] row-major */
export function prepareGram(gram: ArrayLike<number>, size: number): PreparedGram {
  const values = new Float64Array(size * size);
  const rowSums = new Float64Array(size);
  let sum = 0;
  for (let i = 0; i < size; i++) {
    let row = 0;
    for (let j = 0; j < size; j++) {
      if (i === j) continue;
      const value = gram[i * size + j] ?? Number.NaN;
      values[i * size + j] = value;
      row += value;
    }
    rowSums[i] = row;
    sum += row;
  }
  return { size, values, rowSums, sum };
}

/**
 * HSIC₁(K, L) = [tr(K̃ L̃) + 1ᵀK̃1 · 1ᵀL̃1 / ((n−1)(n−2)) − 2/(n−2) · 1ᵀK̃L̃1] / (n(n−3)), n > 3
 * (Song et al. 2012; Nguyen et al. 2021, arXiv 2010.15327, equation 3).
 */
export function unbiasedHsic(k: PreparedGram, l: PreparedGram): number {
  const n = k.size;
  let trace = 0;
  for (let i = 0; i < k.values.length; i++) trace += (k.values[i] ?? 0) * (l.values[i] ?? 0);
  let rows = 0;
  for (let i = 0; i < n; i++) rows += (k.rowSums[i] ?? 0) * (l.rowSums[i] ?? 0);
  const corrected = trace + (k.sum * l.sum) / ((n - 1) * (n - 2)) - (2 * rows) / (n - 2);
  return corrected / (n * (n - 3));
}

/** Sums over minibatches of HSIC₁ of every layer of one network with every layer of another. */
export class MinibatchCka {
  private readonly cross: Float64Array;
  private readonly ownRows: Float64Array;
  private readonly ownColumns: Float64Array;

  constructor(rows: number, columns: number) {
    this.cross = new Float64Array(rows * columns);
    this.ownRows = new Float64Array(rows);
    this.ownColumns = new Float64Array(columns);
  }

  /** The Gram matrices of the layers on one minibatch. */
  add(rows: readonly PreparedGram[], columns: readonly PreparedGram[]): void {
    const add = (into: Float64Array, at: number, value: number): void => {
      into[at] = (into[at] ?? 0) + value;
    };
    rows.forEach((k, i) => {
      add(this.ownRows, i, unbiasedHsic(k, k));
      columns.forEach((l, j) => add(this.cross, i * columns.length + j, unbiasedHsic(k, l)));
    });
    columns.forEach((l, j) => add(this.ownColumns, j, unbiasedHsic(l, l)));
  }

  /** Row-major; NaN where a layer does not vary at all. */
  values(): number[] {
    const columns = this.ownColumns.length;
    return Array.from(this.cross, (value, at) => {
      const row = this.ownRows[Math.floor(at / columns)] ?? Number.NaN;
      const column = this.ownColumns[at % columns] ?? Number.NaN;
      return value / Math.sqrt(row * column);
    });
  }
}
