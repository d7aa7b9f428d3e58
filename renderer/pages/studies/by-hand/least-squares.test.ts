import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leastSquares } from './least-squares.ts';

const value = fc.double({ min: -10, max: 10, noNaN: true });

function leftOver(
  columns: readonly (readonly number[])[],
  y: readonly number[],
  coefficients: readonly number[],
): number[] {
  return y.map((target, i) =>
    columns.reduce((rest, column, j) => rest - (coefficients[j] ?? 0) * (column[i] ?? 0), target),
  );
}

/** 3 columns and a target of 12 values each. */
const problem = fc.tuple(
  fc.array(fc.array(value, { minLength: 12, maxLength: 12 }), { minLength: 3, maxLength: 3 }),
  fc.array(value, { minLength: 12, maxLength: 12 }),
);

describe('least squares', () => {
  it('finds the line through points of a line', () => {
    const x = [-1, -0.5, 0, 0.25, 1];
    const { coefficients, error } = leastSquares(
      [x.map(() => 1), x],
      x.map((place) => 2 * place + 3),
    );
    expect(coefficients[0]).toBeCloseTo(3, 12);
    expect(coefficients[1]).toBeCloseTo(2, 12);
    expect(error).toBeLessThan(1e-14);
  });

  it('says the error that its coefficients have', () => {
    fc.assert(
      fc.property(problem, ([columns, y]) => {
        const { coefficients, error } = leastSquares(columns, y);
        const rest = leftOver(columns, y, coefficients);
        const found = Math.sqrt(rest.reduce((sum, r) => sum + r * r, 0) / y.length);
        expect(Math.abs(found - error)).toBeLessThan(1e-6);
      }),
    );
  });

  it('leaves nothing along any column', () => {
    fc.assert(
      fc.property(problem, ([columns, y]) => {
        const { coefficients } = leastSquares(columns, y);
        const rest = leftOver(columns, y, coefficients);
        for (const column of columns) {
          const along = column.reduce((sum, part, i) => sum + part * (rest[i] ?? 0), 0);
          expect(Math.abs(along)).toBeLessThan(1e-4);
        }
      }),
    );
  });

  it('gives a column that depends on others the coefficient 0', () => {
    const x = [1, 2, 3, 4];
    const twice = x.map((place) => 2 * place);
    const { coefficients, error } = leastSquares([x, twice], [1, 2, 3, 5]);
    expect(coefficients[1]).toBe(0);
    expect(error).toBeGreaterThan(0);
  });
});
