import { describe, expect, it } from 'vitest';
import { CONDITION_WORDS, conditionOf } from './condition.ts';
import { concernsOf, guessStudy, studyChoices } from './fairness.ts';
import { conditionNotes, countedRuns, groupRuns, groupSummary } from './groups.ts';
import { findMeasure, metricMeasure } from './measure.ts';
import { paretoFront } from './pareto.ts';
import { differenceRows, differingPaths } from './spec-difference.ts';
import { bestEvaluation } from '../curves/best-evaluation.ts';
import { TrainingMeans } from '../curves/training-means.ts';
import { summarizeSeries } from './summarize-series.ts';
import { madeRun, madeSeeds } from './testing/made-run.ts';
import { verdictsOf } from './verdict.ts';

const best = metricMeasure('val/accuracy', 'best');
const options = { measure: best, study: 'architecture' };

function verdict(...runs: readonly ReturnType<typeof madeRun>[]) {
  const groups = groupRuns(runs);
  return verdictsOf(groups, groups[0]!.key, { ...options, study: guessStudy(groups) })[0]!;
}

describe('groups', () => {
  it('puts the seeds of one spec together, whatever they are called, and other specs apart', () => {
    const groups = groupRuns([
      madeRun({ name: 'a seed 2', seed: 2 }),
      madeRun({ name: 'b', shortcut: 'none' }),
      madeRun({ name: 'a seed 1', seed: 1 }),
      madeRun({ name: 'a', seed: 3, fingerprint: '0'.repeat(64) }),
    ]);
    expect(groups.map(({ members }) => members.map(({ run }) => run.run.seed))).toEqual([
      [1, 2],
      [0],
      [3],
    ]);
  });

  it('tells groups of one name apart by what differs', () => {
    const groups = groupRuns([madeRun({ seed: 1 }), madeRun({ seed: 2, shortcut: 'none' })]);
    expect(groups.map(({ label }) => label)).toEqual(['net (shortcut A)', 'net (shortcut none)']);
  });

  it('counts a seed once however often it ran, in means, n and pairs', () => {
    const again = madeSeeds({ name: 'net again' }, [0.9, 0.8, 0.85]);
    const once = madeSeeds({ shortcut: 'none' }, [0.7, 0.61, 0.66]);
    const groups = groupRuns([...madeSeeds({}, [0.9, 0.8, 0.85]), ...again, ...once]);
    expect(groupSummary(groups[0]!, best)).toMatchObject({ n: 3 });
    expect(conditionNotes(groups[0]!, CONDITION_WORDS)).toEqual([
      'seeds 1, 2, 3 ran more than once, each counts once',
    ]);
    expect(countedRuns(groups[0]!).map(({ run }) => run.seed)).toEqual([1, 2, 3]);
    const [found] = verdictsOf(groups, groups[0]!.key, options);
    expect(found!.difference).toMatchObject({ test: 'paired-t', n: 3 });
    expect(found!.concerns).toEqual([]);
  });

  it('averages only runs that finished, and says which did not', () => {
    const [group] = groupRuns([
      ...madeSeeds({}, [0.9, 0.8]),
      madeRun({ seed: 3, status: 'interrupted', accuracy: 0.1 }),
    ]);
    expect(groupSummary(group!, best)).toMatchObject({
      n: 2,
      mean: expect.closeTo(0.85) as number,
    });
    expect(conditionNotes(group!, CONDITION_WORDS)).toEqual(['1 of 3 stopped, not in the mean']);
  });
});

describe('the condition of a run', () => {
  it.each([
    ['running', {}, 'unfinished'],
    ['failed', {}, 'failed'],
    ['finished', {}, 'complete'],
    ['finished', { last: null }, 'failed'],
    ['finished', { tenthBefore: 0.5, lastTenth: 0.3 }, 'still-falling'],
  ] as const)('of one that is %s with %o is %s', (status, trainLoss, condition) => {
    expect(conditionOf(madeRun({ status, trainLoss }))).toBe(condition);
  });

  it('calls a network that only guesses one that has not learned', () => {
    const run = madeRun();
    const metrics = run.metrics.map((one) =>
      one.name === 'train/accuracy' ? { ...one, lastTenth: 0.1 } : one,
    );
    expect(conditionOf({ ...run, metrics })).toBe('not-learned');
  });
});

describe('the guard', () => {
  const better = [0.95, 0.96, 0.955];
  const base = [0.9, 0.91, 0.906];

  it('says nothing about better or worse with fewer than three runs a side', () => {
    const found = verdict(...madeSeeds({}, base), ...madeSeeds({ shortcut: 'none' }, [0.99, 0.98]));
    expect(found.outcome).toBe('too-few');
    expect(found.sentence).toContain('nothing can be said about better or worse');
  });

  it('gives the paired difference with its test on the same seeds', () => {
    const found = verdict(...madeSeeds({}, base), ...madeSeeds({ shortcut: 'none' }, better));
    expect(found.outcome).toBe('better');
    expect(found.difference).toMatchObject({ test: 'paired-t', n: 3 });
    expect(found.sentence).toContain('paired t-test on 3 pairs with the same seed');
  });

  it("falls back to Welch's test where seeds are not shared", () => {
    const other = better.map((accuracy, i) =>
      madeRun({ shortcut: 'none', seed: i + 10, accuracy }),
    );
    const found = verdict(...madeSeeds({}, base), ...other);
    expect(found.difference?.test).toBe('welch');
    expect(found.concerns.map(({ kind }) => kind)).toEqual(['seeds']);
  });

  it('gives no verdict where more than the field under study differs', () => {
    const recipe = { length: { kind: 'epochs', epochs: 20 }, batch: 32 };
    const found = verdict(
      ...madeSeeds({}, base),
      ...madeSeeds({ shortcut: 'none', recipe }, better),
    );
    expect(found.outcome).toBe('unfair');
    expect(found.concerns.map(({ kind }) => kind)).toEqual(['length', 'recipe']);
    expect(found.sentence).not.toMatch(/: better|: worse/);
  });

  it('names other data, other versions and other places', () => {
    const one = madeRun();
    const other = madeRun({ shortcut: 'none', fingerprint: '0'.repeat(64) });
    const groups = groupRuns([
      one,
      {
        ...other,
        run: { ...other.run, codeVersion: '2' },
        runtime: { ...other.runtime, device: 'cuda' },
      },
    ]);
    const kinds = concernsOf(groups, 'architecture').map(({ kind, isUnfair }) => [kind, isUnfair]);
    expect(kinds).toEqual([
      ['data', true],
      ['code', false],
      ['runtime', false],
    ]);
  });

  it('adjusts for several comparisons and says that no difference is no proof of equality', () => {
    const groups = groupRuns([
      ...madeSeeds({}, base),
      ...madeSeeds({ shortcut: 'none' }, [0.905, 0.9, 0.91]),
      ...madeSeeds({ shortcut: 'B' }, better),
    ]);
    const found = verdictsOf(groups, groups[0]!.key, options);
    expect(found.map(({ outcome }) => outcome)).toEqual(['no-difference', 'better']);
    expect(found[1]!.adjustedP).toBeCloseTo(found[1]!.difference!.p * 2, 12);
    expect(found[0]!.sentence).toContain('not proof of equality');
  });

  it('says how many seeds a difference that is not shown needs, at the spread seen', () => {
    const groups = groupRuns([
      ...madeSeeds({}, [0.9, 0.91, 0.92]),
      ...madeSeeds({ shortcut: 'none' }, [0.905, 0.915, 0.91]),
      ...madeSeeds({ shortcut: 'B' }, [0.8, 0.82]),
    ]);
    const found = verdictsOf(groups, groups[0]!.key, options);
    // Equal means say nothing about a difference.
    expect(found[0]!.sentence).toMatch(/not proof of equality\.$/);
    // Two a side would do for so large a difference; the rule of three still holds.
    expect(found[1]!.outcome).toBe('too-few');
    expect(found[1]!.seedsNeeded).toBe(2);
    const close = groupRuns([
      ...madeSeeds({}, [0.9, 0.91, 0.92]),
      ...madeSeeds({ shortcut: 'none' }, [0.907, 0.917, 0.912]),
    ]);
    const [only] = verdictsOf(close, close[0]!.key, options);
    expect(only!.sentence).toContain(`needs about ${only!.seedsNeeded} seeds a side`);
    expect(only!.seedsNeeded).toBeGreaterThan(50);
  });

  it('says that precisions differ, also where the device chose them, and once', () => {
    const low = { precision: 'bfloat16' } as const;
    const groups = groupRuns([
      madeRun({ shortcut: 'none' }),
      madeRun({ shortcut: 'A', recipe: low, ...low }),
    ]);
    const unfair = concernsOf(groups, 'architecture').filter(({ isUnfair }) => isUnfair);
    expect(unfair.map(({ kind }) => kind)).toEqual(['precision']);
    const auto = { precision: 'auto' };
    const chosen = groupRuns([
      madeRun({ shortcut: 'none', recipe: auto }),
      madeRun({ shortcut: 'A', recipe: auto, ...low }),
    ]);
    expect(concernsOf(chosen, 'architecture').map(({ kind }) => kind)).toEqual(['precision']);
    expect(concernsOf(groups, 'recipe.precision').map(({ kind }) => kind)).not.toContain(
      'precision',
    );
  });

  it('takes a longer training for a larger budget, even where the whole recipe is under study', () => {
    const recipe = { length: { kind: 'epochs', epochs: 20 }, batch: 32, labelSmoothing: 0.1 };
    const found = verdict(...madeSeeds({}, base), ...madeSeeds({ recipe }, better));
    expect(found.outcome).toBe('unfair');
    const kinds = found.concerns.map(({ kind, isUnfair }) => [kind, isUnfair]);
    expect(kinds).toContainEqual(['length', true]);
    expect(kinds).toContainEqual(['several', false]);
    expect(found.concerns.map(({ sentence }) => sentence).join(' ')).toContain('batch size');
  });

  it('compares lengths where nothing else differs', () => {
    const longer = madeRun({ recipe: { length: { kind: 'epochs', epochs: 90 } } });
    const groups = groupRuns([madeRun(), longer]);
    expect(guessStudy(groups)).toBe('recipe.length.epochs');
    expect(concernsOf(groups, 'recipe.length.epochs').filter(({ isUnfair }) => isUnfair)).toEqual(
      [],
    );
  });

  it('guesses what is under study down to one field', () => {
    const recipe = { optimizer: { weightDecay: 0.01 } };
    const groups = groupRuns([madeRun(), madeRun({ recipe })]);
    expect(guessStudy(groups)).toBe('recipe.optimizer.weightDecay');
    expect(studyChoices(groups)).toContain('recipe');
    expect(concernsOf(groups, guessStudy(groups))).toEqual([]);
  });
});

describe('measures', () => {
  it('takes the smallest loss and the largest accuracy as the best', () => {
    const values = Float32Array.of(3, 1, 2, Number.NaN);
    const series = { name: 'val/loss', unit: '', steps: Int32Array.of(0, 5, 9, 12), values };
    const found = summarizeSeries(series, { lastK: 2 });
    expect(found).toMatchObject({ best: 1, last: null, final: null, lastMean: null, points: 4 });
    const shares = { ...series, name: 'train/accuracy' };
    expect(summarizeSeries(shares, { lastK: 2 }).best).toBe(3);
    expect(metricMeasure('val/loss', 'best').better).toBe(-1);
  });

  it('ends a series of single steps with the mean that the run shows, and others with their last point', () => {
    const steps = Int32Array.from({ length: 120 }, (_, i) => i + 1);
    const values = Float32Array.from(steps, (step) => Math.sin(step) + 3);
    const of = (name: string) => summarizeSeries({ name, unit: '', steps, values }, { lastK: 5 });
    const means = new TrainingMeans({ batch: 1, examples: 1000 });
    steps.forEach((step, i) => means.add(step, { loss: values[i]!, accuracy: 0 }));
    expect(of('train/loss').final).toBe(means.final()!.loss);
    expect(of('train/rate').final).toBe(values.at(-1));
  });

  it('takes validation values at the best checkpoint', () => {
    const values = Float32Array.of(0.5, 0.9, 0.7);
    const series = { name: 'val/accuracy', unit: '', steps: Int32Array.of(1, 2, 3), values };
    const loss = Float32Array.of(2, 1, 0.5);
    const bestBy = (monitor: 'accuracy' | 'loss') =>
      summarizeSeries(series, {
        ...{ lastK: 1, bestAt: bestEvaluation(monitor, { accuracy: values, loss }) },
      }).best;
    expect([bestBy('accuracy'), bestBy('loss')]).toEqual([values[1], values[2]]);
  });

  it('finds a measure by the id that it is stored under, and nothing for what it does not know', () => {
    for (const id of ['best val/accuracy', 'last train/loss', 'cost macs']) {
      expect(findMeasure(id)?.id).toBe(id);
    }
    expect(findMeasure('later thing')).toBeUndefined();
  });

  it('writes a spread and a difference of shares in percent and points', () => {
    expect(best.formatSpread(0.913, 0.004)).toBe('91.3 ± 0.4 %');
    expect(best.formatDelta(-0.012)).toBe('−1.2 pp');
  });

  it('writes a mean to the decimals that its spread deserves, and a unit that both have once', () => {
    const loss = metricMeasure('val/loss', 'best');
    expect(loss.formatSpread(1.33012, 0.00884)).toBe('1.330 ± 0.009');
    expect(loss.formatSpread(2.019, 0.0763)).toBe('2.02 ± 0.08');
    expect(loss.formatSpread(1.5, 0.012)).toBe('1.500 ± 0.012');
    expect(findMeasure('cost memory')!.formatSpread(813 * 2 ** 20, 8.5 * 2 ** 20)).toBe(
      '813 ± 9 MiB',
    );
    const mebibytes = (mean: number, half: number) =>
      findMeasure('cost memory')!.formatSpread(mean * 2 ** 20, half * 2 ** 20);
    expect([mebibytes(534, 10.3), mebibytes(513, 0.04)]).toEqual([
      '534 ± 10 MiB',
      '513 ± 0.04 MiB',
    ]);
    expect(mebibytes(2048, 512)).toBe('2.0 ± 0.5 GiB');
    expect(findMeasure('cost time')!.formatSpread(68_000, 8200)).toBe('1 min 8 s ± 8.2 s');
    expect(findMeasure('cost time')!.formatSpread(7100, 795)).toBe('7.1 ± 0.8 s');
  });
});

describe('the difference of specs', () => {
  it('hides equal fields and keeps the headings of those that differ', () => {
    const rows = differenceRows(
      [
        { a: { b: 1, c: 2 }, d: 3 },
        { a: { b: 1, c: 4 }, d: 3 },
      ],
      { withEqual: false },
    );
    expect(rows.map(({ path, values }) => [path, values])).toEqual([
      ['a', []],
      ['a.c', ['2', '4']],
    ]);
  });

  it('shows a field that only one has', () => {
    expect(differingPaths([{ a: 1 }, { a: 1, b: [1] }])).toEqual(['b']);
  });
});

describe('the Pareto front', () => {
  it('holds what nothing cheaper beats', () => {
    const points = [
      { x: 3, y: 0.9 },
      { x: 1, y: 0.8 },
      { x: 2, y: 0.7 },
      { x: 3, y: 0.95 },
      { x: 4, y: 0.95 },
    ];
    expect(paretoFront(points, 1)).toEqual([1, 3]);
    expect(paretoFront(points, -1)).toEqual([1, 2]);
  });
});
