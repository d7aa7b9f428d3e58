// Eigenvalues and vectors of a small symmetric matrix by Jacobi rotations. Pure.

export interface Eigen {
  readonly values: readonly number[];
  /** One row for each value, of length 1. */
  readonly vectors: readonly (readonly number[])[];
}

const SWEEPS = 60;

export function eigenSymmetric(matrix: readonly (readonly number[])[]): Eigen {
  const n = matrix.length;
  const a = matrix.map((row) => Float64Array.from(row));
  const v = matrix.map((_, i) => Float64Array.from({ length: n }, (__, j) => (i === j ? 1 : 0)));
  for (let sweep = 0; sweep < SWEEPS && offDiagonal(a) > 0; sweep++) {
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, v, p, q);
  }
  return {
    values: a.map((row, i) => row[i] ?? Number.NaN),
    vectors: a.map((_, k) => v.map((row) => row[k] ?? 0)),
  };
}

function offDiagonal(a: readonly Float64Array[]): number {
  return a.reduce(
    (sum, row, i) => sum + row.reduce((s, value, j) => s + (i === j ? 0 : Math.abs(value)), 0),
    0,
  );
}

/** Makes a[p][q] zero (Golub & Van Loan, algorithm 8.4.1). */
function rotate(
  a: readonly Float64Array[],
  v: readonly Float64Array[],
  p: number,
  q: number,
): void {
  const [rowP, rowQ] = [a[p], a[q]];
  const apq = rowP?.[q] ?? 0;
  if (!rowP || !rowQ || apq === 0) return;
  const tau = ((rowQ[q] ?? 0) - (rowP[p] ?? 0)) / (2 * apq);
  const t = (tau >= 0 ? 1 : -1) / (Math.abs(tau) + Math.hypot(1, tau));
  const c = 1 / Math.hypot(1, t);
  const s = t * c;
  for (const row of [...a, ...v]) {
    const [x, y] = [row[p] ?? 0, row[q] ?? 0];
    row[p] = c * x - s * y;
    row[q] = s * x + c * y;
  }
  for (let k = 0; k < rowP.length; k++) {
    const [x, y] = [rowP[k] ?? 0, rowQ[k] ?? 0];
    rowP[k] = c * x - s * y;
    rowQ[k] = s * x + c * y;
  }
  rowP[q] = 0;
  rowQ[p] = 0;
}
