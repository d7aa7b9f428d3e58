// Least squares in a handful of columns, by orthogonalization. Pure.

export interface Fit {
  /** One for each column. */
  readonly coefficients: readonly number[];
  /** Root mean square of what is left over. */
  readonly error: number;
}

/** A column that is this much shorter once the ones before it are taken away depends on them. */
const DEPENDENT = 1e-10;

/**
 * The coefficients c that minimize ‖y − Σ c_j column_j‖, by modified Gram–Schmidt with every column made
 * orthogonal twice (Giraud et al. 2005): as exact as Householder's for so few columns. A column that is a
 * combination of those before it gets the coefficient 0.
 */
export function leastSquares(columns: readonly (readonly number[])[], y: readonly number[]): Fit {
  const basis: number[][] = [];
  /** R of columns = basis · R: row j holds what the columns have along basis j. */
  const triangle: number[][] = columns.map(() => columns.map(() => 0));
  columns.forEach((column, j) => {
    const rest = [...column];
    for (let pass = 0; pass < 2; pass++) {
      basis.forEach((direction, i) => {
        const along = dot(direction, rest);
        subtract(rest, direction, along);
        const row = triangle[i];
        if (row) row[j] = (row[j] ?? 0) + along;
      });
    }
    const size = Math.sqrt(dot(rest, rest));
    const isDependent = size <= DEPENDENT * Math.sqrt(dot(column, column));
    basis.push(rest.map((value) => (isDependent ? 0 : value / size)));
    const row = triangle[j];
    if (row) row[j] = isDependent ? 0 : size;
  });
  const left = [...y];
  const along = basis.map((direction) => {
    const amount = dot(direction, left);
    subtract(left, direction, amount);
    return amount;
  });
  return {
    coefficients: solveTriangle(triangle, along),
    error: Math.sqrt(dot(left, left) / Math.max(1, y.length)),
  };
}

/** Back substitution. */
function solveTriangle(triangle: readonly (readonly number[])[], y: readonly number[]): number[] {
  const solution = y.map(() => 0);
  for (let i = y.length - 1; i >= 0; i--) {
    const row = triangle[i] ?? [];
    let value = y[i] ?? 0;
    for (let j = i + 1; j < y.length; j++) value -= (row[j] ?? 0) * (solution[j] ?? 0);
    const pivot = row[i] ?? 0;
    solution[i] = pivot === 0 ? 0 : value / pivot;
  }
  return solution;
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}

function subtract(from: number[], direction: readonly number[], amount: number): void {
  direction.forEach((value, i) => (from[i] = (from[i] ?? 0) - amount * value));
}
