import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { criticalT, twoSidedP } from './student.ts';
import { spreadEnds, summarize } from './summary.ts';
import { holm, pairedDifference, signFlipP, welchDifference } from './tests.ts';

interface Interval {
  readonly p: number;
  readonly low: number;
  readonly high: number;
}
interface Fixture {
  readonly tails: readonly (readonly [number, number, number])[];
  readonly critical: readonly (readonly [number, number, number])[];
  readonly samples: readonly {
    readonly a: readonly number[];
    readonly b: readonly number[];
    readonly mean: number;
    readonly deviation: number;
    readonly error: number;
    readonly interval: number;
    readonly paired: Interval;
    readonly welch: Interval & { readonly degrees: number };
    readonly signFlip: number;
  }[];
  readonly holm: readonly { readonly p: number[]; readonly adjusted: number[] }[];
}

/** Made by fixtures/make_scipy.py. */
const scipy = JSON.parse(
  readFileSync(new URL('./fixtures/scipy.json', import.meta.url), 'utf8'),
) as Fixture;
const TOLERANCE = 1e-9;

function near(actual: number, expected: number): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(
    TOLERANCE * Math.max(1e-3, Math.abs(expected)),
  );
}

describe("Student's t, held against scipy", () => {
  it.each(scipy.tails)('has the probability beyond t = %d with %d degrees', (t, degrees, p) => {
    near(twoSidedP(t, degrees), p);
  });
  it.each(scipy.critical)('has the limit of level %d with %d degrees', (level, degrees, t) => {
    near(criticalT(level, degrees), t);
  });
});

describe.each(scipy.samples)('a sample of $a.length, held against scipy', (sample) => {
  it('has its mean, deviation, error and interval', () => {
    const found = summarize(sample.b)!;
    near(found.mean, sample.mean);
    near(found.deviation!, sample.deviation);
    near(found.error!, sample.error);
    near(found.interval!, sample.interval);
  });

  it('has its paired difference', () => {
    const found = pairedDifference(sample.a, sample.b)!;
    near(found.low, sample.paired.low);
    near(found.high, sample.paired.high);
    near(found.p, found.test === 'sign-flip' ? sample.signFlip : sample.paired.p);
    expect(found.test).toBe(sample.a.length >= 6 ? 'sign-flip' : 'paired-t');
  });

  it("has Welch's difference and every arrangement of signs", () => {
    const found = welchDifference(sample.a, sample.b)!;
    near(found.p, sample.welch.p);
    near(found.degrees, sample.welch.degrees);
    near(found.low, sample.welch.low);
    near(found.high, sample.welch.high);
    near(signFlipP(sample.b.map((value, i) => value - sample.a[i]!)), sample.signFlip);
  });
});

it.each(scipy.holm)('adjusts $p.length probabilities at once by the steps of Holm', (sample) => {
  holm(sample.p).forEach((p, i) => near(p, sample.adjusted[i]!));
});

describe('what has no answer', () => {
  it('gives no spread for one value and nothing for none', () => {
    expect(summarize([0.5, null, Number.NaN])).toMatchObject({ n: 1, mean: 0.5, deviation: null });
    expect(summarize([undefined])).toBeUndefined();
    expect(spreadEnds(summarize([0.5])!, 'ci95')).toEqual([0.5, 0.5]);
    expect(pairedDifference([1], [2])).toBeUndefined();
    expect(welchDifference([1], [2, 3])).toBeUndefined();
  });

  it('adjusts several probabilities by the steps of Holm', () => {
    expect(holm([0.01, 0.04, 0.03]).map((p) => Number(p.toFixed(6)))).toEqual([0.03, 0.06, 0.06]);
    expect(holm([])).toEqual([]);
  });
});
