import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countRises,
  drawPoints,
  fitClass,
  NESTED,
  NOT_NESTED,
  risesOf,
  TARGETS,
  valueAt,
  type Target,
} from './function-classes.ts';

const setting = fc.record({
  target: fc.constantFrom(...TARGETS),
  count: fc.integer({ min: 5, max: 60 }),
  noise: fc.double({ min: 0, max: 2, noNaN: true }),
  seed: fc.nat(100_000),
});

function targetOf(name: string): Target {
  const found = TARGETS.find((target) => target.name === name);
  if (!found) throw new Error(`no target ${name}`);
  return found;
}

describe('function classes', () => {
  it('never fit worse where each holds the one before', () => {
    fc.assert(
      fc.property(setting, ({ target, ...drawn }) => {
        const points = drawPoints(target, drawn);
        const fits = NESTED.map((of) => fitClass(of, points));
        expect(risesOf(fits, points)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('may fit worse where they do not: no even function is a slope', () => {
    const points = drawPoints(targetOf('line'), { count: 20, noise: 0.1, seed: 1 });
    const fits = NOT_NESTED.map((of) => fitClass(of, points));
    expect(risesOf(fits, points).map(({ of }) => of.name)).toContain('Even');
  });

  it('find a target of their own without noise', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.double({ min: -1, max: 1, noNaN: true }), (seed, x) => {
        for (const [name, place] of [
          ['line', 0],
          ['parabola', 1],
          ['cubic', 2],
        ] as const) {
          const target = targetOf(name);
          const points = drawPoints(target, { count: 30, noise: 0, seed });
          const found = NESTED[place];
          if (!found) throw new Error(`no class ${place}`);
          const fit = fitClass(found, points);
          expect(fit.error).toBeLessThan(1e-10);
          expect(valueAt(fit, x)).toBeCloseTo(target.at(x), 6);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('count draws, not rises', () => {
    const options = { count: 20, noise: 0.2, seed: 0, draws: 50 };
    expect(countRises(NESTED, targetOf('wave'), options)).toBe(0);
    expect(countRises(NOT_NESTED, targetOf('line'), options)).toBe(50);
  });
});
