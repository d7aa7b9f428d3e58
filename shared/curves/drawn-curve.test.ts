import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { drawnCurve, type CurveMember, type DrawnCurveOptions } from './drawn-curve.ts';
import { refined } from './curve-data.ts';
import type { Smoothing } from './smooth.ts';

const options: DrawnCurveOptions = {
  ...{ smoothing: { kind: 'none' }, spread: 'sd', drawn: 'band' },
  bounds: { low: -Infinity, high: Infinity },
};

function member(run: string, values: readonly number[], every = 1): CurveMember {
  const x = Float64Array.from(values, (_, i) => i * every);
  return { run, x, y: Float32Array.from(values) };
}

/** Straight from the definition, in double precision. */
function trueEma(values: ArrayLike<number>, weight: number): number[] {
  let sum = 0;
  let norm = 0;
  return Array.from(values, (value) => {
    sum = sum * weight + value;
    norm = norm * weight + 1;
    return Math.fround(sum / norm);
  });
}

const noise = fc.array(fc.float({ min: -10, max: 10, noNaN: true }), {
  minLength: 1,
  maxLength: 3000,
});
const points = fc.integer({ min: 20, max: 500 });
const ema = (weight: number): Smoothing => ({ kind: 'ema', weight });

describe('whatever the length', () => {
  test('a smoothed curve passes through the true smoothed values, and ends at the last', () => {
    fc.assert(
      fc.property(noise, points, fc.constantFrom(0.5, 0.9, 0.99), (values, maxPoints, weight) => {
        const one = member('r', values);
        const truth = trueEma(one.y, weight);
        const { line, raw } = drawnCurve(
          { counted: [one], others: [] },
          { ...options, smoothing: ema(weight), maxPoints },
        );
        expect(line.x.length).toBeLessThanOrEqual(maxPoints);
        line.x.forEach((step, i) => expect(line.y[i]).toBe(truth[step]));
        expect(line.y.at(-1)).toBe(truth.at(-1));
        // Best and worst are those of all points too, smoothed or not.
        expect([Math.min(...line.y), Math.max(...line.y)]).toEqual([
          Math.min(...truth),
          Math.max(...truth),
        ]);
        expect([Math.min(...raw!.y), Math.max(...raw!.y)]).toEqual([
          Math.min(...one.y),
          Math.max(...one.y),
        ]);
      }),
      { numRuns: 60 },
    );
  });

  test('the mean of seeds is the mean of their true smoothed values', () => {
    fc.assert(
      fc.property(noise, noise, points, (first, second, maxPoints) => {
        const counted = [member('a', first), member('b', second)];
        const truth = counted.map(({ y }) => trueEma(y, 0.9));
        const { line, band } = drawnCurve(
          { counted, others: [] },
          { ...options, smoothing: ema(0.9), maxPoints },
        );
        // It ends where the shorter one does: no mean of fewer seeds than it says.
        expect(line.x.at(-1)).toBe(Math.min(first.length, second.length) - 1);
        line.x.forEach((step, i) => {
          const [a, b] = [truth[0]![step]!, truth[1]![step]!];
          expect(line.y[i]).toBe(Math.fround((a + b) / 2));
          expect(band!.half[i]).toBeCloseTo(Math.abs(a - b) / Math.SQRT2, 4);
        });
      }),
      { numRuns: 60 },
    );
  });

  test('a zoomed part shows the same values as the whole', () => {
    fc.assert(
      fc.property(noise, fc.nat(2999), fc.nat(2999), (values, a, b) => {
        const range = { min: Math.min(a, b), max: Math.max(a, b) };
        const members = { counted: [member('r', values)], others: [] };
        const seen = { ...options, smoothing: ema(0.9), maxPoints: 40 };
        const truth = trueEma(members.counted[0]!.y, 0.9);
        const whole = { ...drawnCurve(members, seen), mark: '' };
        const finer = { ...drawnCurve(members, { ...seen, range }), mark: '' };
        const { line } = refined(whole, finer, range);
        line.x.forEach((step, i) => {
          expect(line.y[i]).toBe(truth[step]);
          if (i > 0) expect(step).toBeGreaterThan(line.x[i - 1]!);
        });
        expect(line.x.at(-1)).toBe(values.length - 1);
      }),
      { numRuns: 60 },
    );
  });
});

test('what goes on beyond the end of the mean is drawn thin, joined to it', () => {
  const counted = [member('long', [1, 1, 1, 5, 5]), member('short', [3, 3, 3])];
  const { line, thin, n, total } = drawnCurve({ counted, others: [] }, options);
  expect([Array.from(line.x), Array.from(line.y), n, total]).toEqual([[0, 1, 2], [2, 2, 2], 2, 2]);
  expect(thin.map(({ run, line: rest }) => [run, Array.from(rest.x)])).toEqual([
    ['long', [2, 3, 4]],
  ]);
});

test('runs that are in no mean are drawn thin, smoothed like the others', () => {
  const others = [member('stopped', [2, 4])];
  const { line, thin, n, total } = drawnCurve(
    { counted: [member('a', [1, 1, 1])], others },
    { ...options, smoothing: ema(0.5) },
  );
  expect([Array.from(line.y), n, total]).toEqual([[1, 1, 1], 1, 2]);
  expect(Array.from(thin[0]!.line.y)).toEqual([2, Math.fround(5 / 1.5)]);
  expect(Array.from(thin[0]!.raw!.y)).toEqual([2, 4]);
});

test('seeds are drawn beside their mean where that is wanted, and a file has the mean as measured', () => {
  const counted = [member('a', [1, 3]), member('b', [3, 5])];
  const seen = { ...options, smoothing: ema(0.5), drawn: 'traces' } as const;
  const whole = drawnCurve({ counted, others: [] }, seen);
  expect(whole.thin.map(({ run, isCounted }) => [run, isCounted])).toEqual([
    ['a', true],
    ['b', true],
  ]);
  expect(whole.band).toBeNull();
  expect(Array.from(whole.raw!.y)).toEqual([2, 4]);
  expect(drawnCurve({ counted, others: [] }, { ...seen, maxPoints: 100 }).raw).toBeNull();
});

test('seeds without a common place have no mean, and all of them are drawn', () => {
  const late = { run: 'late', x: Float64Array.of(10, 11), y: Float32Array.of(1, 1) };
  const { line, thin } = drawnCurve(
    { counted: [member('early', [2, 2]), late], others: [] },
    options,
  );
  expect([line.x.length, thin.length]).toEqual([0, 2]);
});

test('every point that is not a number leaves a gap that is seen', () => {
  const values = Array.from({ length: 5000 }, (_, i) => (i === 2500 ? Number.NaN : i));
  const { line } = drawnCurve(
    { counted: [member('r', values)], others: [] },
    { ...options, maxPoints: 100 },
  );
  expect(line.y.filter((value) => Number.isNaN(value))).toHaveLength(1);
  expect(line.x.length).toBeLessThanOrEqual(100);
});
