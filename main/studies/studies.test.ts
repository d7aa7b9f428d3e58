// Every study of the catalog: its plans can be trained, its summaries are of the form that pages draw, and
// nothing is said without data. And the arithmetic that verdicts rest on.
import { describe, expect, test } from 'vitest';
import { FindingFigure, StudySummary, type MatrixFigure } from '../../shared/contract/findings.ts';
import { ProbeSpec, type ProbeInput } from '../../shared/contract/probes.ts';
import { StudySetting } from '../../shared/contract/studies.ts';
import { drawFinding } from '../../shared/figures/finding-figure.ts';
import { scaleOf } from '../../shared/figures/matrix-scale.ts';
import { drawnPlaces } from '../../shared/figures/surface-figure.ts';
import { contourSegments } from '../../shared/figures/contours.ts';
import { createRng } from '../../shared/rng.ts';
import { newDataSpec } from '../../shared/spec/run.ts';
import { seedsFor } from '../../shared/stats/seeds-needed.ts';
import { buildPlan } from '../zoo/build-plan.ts';
import { getArchitecture } from '../zoo/registry.ts';
import { summarize as summarizeNetwork } from '../zoo/summary.ts';
import { getStudy, STUDIES } from './catalog.ts';
import { eigenSymmetric } from './collapse/eigen.ts';
import type { GateValues } from './highway-gates/findings.ts';
import { OpennessSums } from './highway-gates/openness.ts';
import { kendallTau } from './lesions/kendall.ts';
import { spreadCounts } from './lesions/spread-counts.ts';
import { pathShares } from './path-lengths/effective-depth.ts';
import { probeWork, type MeasuredOn } from './measuring-work.ts';
import { seedSpread } from './seeds/seed-spread.ts';
import type { Found, Measured, RunOutcome, StudyPlan } from './study.ts';
import { meanOfShare, partsOf } from './training-parts.ts';
import { quickNetwork } from './trainings.ts';
import { outcomeOf } from './verdict-rules.ts';

const facts = { input: { height: 32, width: 32, channels: 3 }, classes: 10 };
const settings = (['quick', 'paper'] as const).map((preset) =>
  StudySetting.parse({ preset, data: newDataSpec('builtin:shapes') }),
);
const [quick] = settings;
if (!quick) throw new Error('There is no quick setting.');

/** Outcomes of a training error that a function of label and seed gives. */
function foundOf(plan: StudyPlan, errorOf: (label: string, place: number) => number): Found {
  const rng = createRng('studies-test');
  const outcome = (key: string, error: number): RunOutcome => ({
    id: key,
    trainError: error + 0.002 * rng.normal(),
    trainLoss: 1,
    testError: error + 0.05 + 0.002 * rng.normal(),
    valLoss: 1.1,
    elapsedMs: 1000,
    parameters: 1e5,
    macs: 1e7,
  });
  return {
    runs: new Map(
      plan.runs.map((run) => [run.key, outcome(run.key, errorOf(run.label, run.place))]),
    ),
    probes: new Map(),
    series: () => undefined,
  };
}

describe.each(STUDIES.map((study) => [study.name, study] as const))('%s', (_, study) => {
  test('plans runs that fit the data, with keys of their own, and probes of those runs', () => {
    for (const setting of settings) {
      const plan = study.plan(setting, facts);
      const keys = plan.runs.map(({ key }) => key);
      expect(new Set(keys).size).toBe(keys.length);
      expect(keys.length).toBeGreaterThan(0);
      for (const architecture of new Set(plan.runs.map(({ spec }) => spec.architecture))) {
        // An autoencoder's encoder ends in means and variances instead.
        const { decoder } = architecture;
        const outputs = decoder?.kind === 'mirror' ? 2 * decoder.latent : 10;
        expect(buildPlan(architecture, facts).classes).toBe(outputs);
      }
      for (const { run, other, probe } of plan.probes) {
        expect(keys).toContain(run);
        if (other !== undefined) expect(keys).toContain(other);
        expect(ProbeSpec.parse(probe).kind).toBe(probe.kind);
      }
    }
  });

  test('says nothing without data, and its figures can be drawn', () => {
    const plan = study.plan(quick, facts);
    const nothing = { runs: new Map(), probes: new Map(), series: () => undefined };
    for (const found of [nothing, foundOf(plan, () => 0.3)]) {
      const summary = StudySummary.parse(study.summarize(plan, found));
      for (const figure of summary.figures) expect(drawFinding(figure)).toMatch(/^<svg /);
    }
    expect(study.summarize(plan, nothing).verdict).toMatchObject({ outcome: 'inconclusive', n: 0 });
  });

  test('takes a network and seeds of the user', () => {
    const network = getArchitecture(study.family === 'autoencoder' ? 'vae40' : 'preresnet20').spec;
    const plan = study.plan({ ...quick, network, seeds: [7] }, facts);
    expect(new Set(plan.runs.map(({ spec }) => spec.seed))).toEqual(new Set([7]));
    expect(plan.runs.some(({ spec }) => spec.architecture.stem.width === 16)).toBe(true);
  });
});

test('degradation is reproduced by errors that rise with depth in plain networks only', () => {
  const study = getStudy('degradation');
  const plan = study.plan(quick, facts);
  const outcome = (errorOf: (label: string, place: number) => number) =>
    study.summarize(plan, foundOf(plan, errorOf)).verdict.outcome;
  const isPlain = (label: string): boolean => label.startsWith('plain');
  expect(outcome((label, depth) => (isPlain(label) ? depth / 100 : 0.2))).toBe('reproduced');
  expect(outcome((_, depth) => depth / 100)).toBe('not-reproduced');
  expect(outcome(() => 0.2)).not.toBe('reproduced');
});

test('a study without shortcuts refuses a plain network', () => {
  const network = getArchitecture('plain20').spec;
  expect(() => getStudy('lesions').plan({ ...quick, network }, facts)).toThrow(
    expect.objectContaining({ code: 'needs-residual' }),
  );
  expect(() => getStudy('lesion')).toThrow(expect.objectContaining({ code: 'no-such-study' }));
});

test('autoencoders have the published depths, and what a deeper one loses on unseen images decides', () => {
  const study = getStudy('autoencoders');
  const plan = study.plan(quick, facts);
  expect([...new Set(plan.runs.map(({ place }) => place))]).toEqual([28, 40, 70, 100]);
  for (const { spec, place } of plan.runs) {
    expect(summarizeNetwork(buildPlan(spec.architecture, facts)).depth).toBe(place);
  }
  const outcome = (losses: (depth: number) => { trainLoss: number; valLoss: number }) => {
    const found = foundOf(plan, () => 0);
    const runs = plan.runs.flatMap((run, i) => {
      const known = found.runs.get(run.key);
      const { trainLoss, valLoss } = losses(run.place);
      const noise = 0.01 * (i % 2);
      return known
        ? [[run.key, { ...known, trainLoss: trainLoss + noise, valLoss: valLoss + noise }] as const]
        : [];
    });
    return study.summarize(plan, { ...found, runs: new Map(runs) }).verdict.outcome;
  };
  const falling = (depth: number): number => 1800 - depth / 10;
  const rising = (depth: number): number => 1790 + depth / 10;
  expect(outcome((depth) => ({ trainLoss: falling(depth), valLoss: rising(depth) }))).toBe(
    'reproduced',
  );
  expect(outcome((depth) => ({ trainLoss: falling(depth), valLoss: falling(depth) }))).toBe(
    'not-reproduced',
  );
  const network = getArchitecture('resnet20').spec;
  expect(() => study.plan({ ...quick, network }, facts)).toThrow(
    expect.objectContaining({ code: 'needs-autoencoder' }),
  );
});

test('wider and deeper networks have the parameters of the base network', () => {
  const { runs } = getStudy('wider-or-deeper').plan(quick, facts);
  const counts = runs.map(
    ({ spec }) => summarizeNetwork(buildPlan(spec.architecture, facts)).parameters,
  );
  const [base = 0] = counts.slice(3);
  for (const count of counts) expect(Math.abs(count / base - 1)).toBeLessThan(0.1);
});

test('parts decide a verdict in the order no, open, yes', () => {
  expect(outcomeOf(['yes', 'yes'])).toBe('reproduced');
  expect(outcomeOf(['yes', 'open'])).toBe('inconclusive');
  expect(outcomeOf(['open', 'no'])).toBe('not-reproduced');
  expect(outcomeOf([])).toBe('inconclusive');
});

test('equal norms leave the binomial, falling ones shorten the effective depth', () => {
  const lengths = Array.from({ length: 11 }, (_, length) => ({ length, mean: 1 }));
  const flat = pathShares(10, lengths);
  expect(flat.effectiveDepth).toBeCloseTo(5, 9);
  expect(flat.pathShare[5]).toBeCloseTo(252 / 1024, 9);
  // Norms of q^k turn the binomial of one half into that of q / (1 + q).
  const falling = pathShares(
    10,
    lengths.map(({ length }) => ({ length, mean: 0.25 ** length })),
  );
  expect(falling.effectiveDepth).toBeCloseTo(2, 9);
  // Interpolated in logarithms from every fifth length: the same.
  const sparse = pathShares(
    10,
    [0, 5, 10].map((length) => ({ length, mean: 0.25 ** length })),
  );
  expect(sparse.effectiveDepth).toBeCloseTo(2, 9);
  expect(
    Number.isFinite(
      pathShares(4000, [
        { length: 0, mean: 1 },
        { length: 4000, mean: 1e-30 },
      ]).effectiveDepth,
    ),
  ).toBe(true);
});

test('independent examples explain all of the spread between seeds', () => {
  const rng = createRng('seed-spread');
  const p = Array.from({ length: 2000 }, () => rng.uniform());
  const marks = Array.from({ length: 60 }, () =>
    p.map((chance) => (rng.uniform() < chance ? '1' : '0')).join(''),
  );
  const spread = seedSpread(marks);
  const exact = Math.sqrt(p.reduce((sum, chance) => sum + chance * (1 - chance), 0)) / p.length;
  expect(spread.predicted / exact).toBeCloseTo(1, 1);
  expect(Math.abs(spread.measured / exact - 1)).toBeLessThan(0.3);
  expect(seedsFor(0.01, 0.001)).toBe(2);
  expect(seedsFor(0.001, 0.01)).toBeGreaterThan(500);
});

test('a series in parts of its training keeps the mean of all its points', () => {
  const steps = Array.from({ length: 600 }, (_, i) => i + 1);
  const values = steps.flatMap((step) => [step, step % 20 === 0 ? Number.NaN : 1]);
  const parts = partsOf({ width: 2, labels: ['a', 'b'], steps, values }, 600);
  // 30 parts of 20 steps: 1 … 20 first, so their mean is 10.5; what is not finite is left out.
  expect(parts.steps.slice(0, 2)).toEqual([10, 30]);
  expect(parts.means[0]?.slice(0, 2)).toEqual([10.5, 30.5]);
  expect(new Set(parts.means[1])).toEqual(new Set([1]));
  expect(meanOfShare(parts.means[0], [0, 1])).toBeCloseTo(300.5, 9);
  // No more parts than points, so that none stays empty where points lie evenly.
  const sparse = partsOf({ width: 1, labels: [], steps: [300, 600], values: [5, 7] }, 600);
  expect(sparse).toMatchObject({ steps: [150, 450], means: [[5, 7]] });
  expect(meanOfShare([null, null, 3, 4], [0, 0.5])).toBeUndefined();
});

test('degradation shows speed early on and gradients of the deepest networks from stored series', () => {
  const study = getStudy('degradation');
  const plan = study.plan(quick, facts);
  const series: Found['series'] = (key, name) => {
    const isPlain = key.startsWith('plain');
    if (name === 'train/loss') {
      return { labels: [], steps: [1, 2, 3, 4], means: [[isPlain ? 2.2 : 1.7, 1, 1, 1]] };
    }
    if (name !== 'block/input-gradient-norm') return undefined;
    const rows = [4, 1].map((norm) => Array.from({ length: 4 }, () => norm));
    return { labels: ['layer1.0', 'layer1.1'], steps: [1, 2, 3, 4], means: rows };
  };
  const summary = study.summarize(plan, { ...foundOf(plan, () => 0.3), series });
  const said = summary.sentences.join(' ');
  expect(said).toContain('20 layers: residual 1.70 ± 0.00 (n = 3), plain 2.20 ± 0.00 (n = 3)');
  expect(said).toContain('ratio 4.0');
  expect(summary.figures.map(({ id }) => id)).toEqual([
    ...['train', 'test', 'early', 'gradients of residual-20', 'gradients of plain-20'],
  ]);
});

test('the paper preset of degradation trains 1202 layers once, beside the comparison of depths', () => {
  const study = getStudy('degradation');
  const [, paper] = settings;
  if (!paper) throw new Error('There is no paper setting.');
  const plan = study.plan(paper, facts);
  const deepest = plan.runs.filter(({ place }) => place === 1202);
  expect(deepest.map(({ key }) => key)).toEqual(['residual-1202, seed 0']);
  const { verdict, sentences } = study.summarize(
    plan,
    foundOf(plan, (label, depth) => (label.startsWith('plain') ? depth / 200 : 0.1)),
  );
  expect(verdict.outcome).toBe('reproduced');
  expect(verdict.rule).toContain('plain-110');
  expect(sentences.join(' ')).toContain('Too deep: residual-1202 has a training error of 10.');
});

/** Of two blocks and three classes; `share` is what the class explains. */
function gatesAt(share: number): GateValues {
  const block = (name: string) => ({
    ...{ name, openness: 0.2, byClass: [0.1, 0.2, null], deviation: 0.05, classShare: share },
    ...{ bias: -2.1, fallenBiases: 0.75 },
  });
  return {
    ...{ kind: 'gates', split: 'val', examples: 40, of: 40, gating: 'exclusive', startBias: -2 },
    classes: [20, 20, 0].map((examples, i) => ({ name: `class ${i}`, examples })),
    blocks: [block('layer1.0'), block('layer1.1')],
  };
}

test('highway gates are reproduced where training makes the class explain more of their openness', () => {
  const study = getStudy('highway-gates');
  const plan = study.plan(quick, facts);
  const summaryOf = (start: number, end: number) => {
    const measured = (planned: StudyPlan['probes'][number], i: number): Measured[] => {
      const off = 0.001 * i;
      return planned.checkpoint === 'start'
        ? [{ step: 0, values: gatesAt(start + off) }]
        : [
            { step: 100, values: gatesAt(0.5 * (start + end)) },
            { step: 600, values: gatesAt(end + off) },
          ];
    };
    const probes = new Map(plan.probes.map((planned, i) => [planned.key, measured(planned, i)]));
    return study.summarize(plan, { ...foundOf(plan, () => 0.3), probes });
  };
  const learned = summaryOf(0.1, 0.4);
  expect(learned.verdict).toMatchObject({ outcome: 'reproduced', n: 3 });
  expect(learned.sentences.join(' ')).toContain('75.0 %');
  const [time, classes] = learned.figures;
  expect(time).toMatchObject({ rows: ['0', '100', '600'], columns: ['layer1.0', 'layer1.1'] });
  // The class without images is left out; the first row is the lowest.
  expect(classes).toMatchObject({ rows: ['class 1', 'class 0'], colours: 'around-zero' });
  expect(classes?.kind === 'matrix' && classes.values.slice(2)).toEqual([-0.1, -0.1]);
  for (const figure of learned.figures) expect(drawFinding(figure)).toMatch(/^<svg /);
  expect(summaryOf(0.4, 0.1).verdict.outcome).toBe('not-reproduced');
});

test('classes explain nothing of gates that are random, and all of those that follow them', () => {
  const rng = createRng('gates');
  const shareOf = (openness: (label: number) => number): number => {
    const sums = new OpennessSums(5, 4);
    for (let i = 0; i < 2000; i++) {
      sums.add(
        Float32Array.from({ length: 4 }, () => openness(i % 5)),
        i % 5,
      );
    }
    return sums.measure().classShare;
  };
  expect(Math.abs(shareOf(() => rng.uniform()))).toBeLessThan(0.01);
  expect(shareOf((label) => label / 5)).toBeCloseTo(1, 6);
});

test('the work of a measurement is counted in images forward through the network', () => {
  const on = {
    architecture: quickNetwork(2),
    counts: { train: 4000, val: 1000, test: 0 },
    isCompared: false,
  };
  const workOf = (probe: ProbeInput, changes: Partial<MeasuredOn> = {}): number =>
    probeWork(ProbeSpec.parse(probe), { ...on, ...changes });
  expect(workOf({ kind: 'responses' })).toBe(1000);
  expect(workOf({ kind: 'collapse' })).toBe(4000);
  expect(workOf({ kind: 'correctness' }, { counts: { ...on.counts, val: 0, test: 50 } })).toBe(50);
  expect(workOf({ kind: 'similarity', images: 300 }, { isCompared: true })).toBe(600);
  expect(workOf({ kind: 'landscape', points: 5, images: 100 })).toBe(2500);
  // Forward and backward over each length from 0 to 6.
  expect(workOf({ kind: 'path-lengths', samples: 10 })).toBe(3 * 7 * 10);
  // The whole network and 6 blocks without branch or shortcut, then without each number of branches twice.
  const once = { kind: 'lesions', draws: 2, recalibrate: false } as const;
  expect(workOf(once)).toBe(1000 * (1 + 12) + 1000 * 2 * 6);
  // With statistics computed anew, from 512 images, each of the first ones takes as much again and these.
  expect(workOf({ ...once, recalibrate: true })).toBe((2000 + 512) * 13 + 1000 * 12);
});

test('a map around zero has its middle colour there', () => {
  const figure = {
    ...{ kind: 'matrix', view: 'map', id: 'm', title: 'm', xTitle: 'x', yTitle: 'y' },
    ...{ valueTitle: 'v', isLog: false, hasContours: false, columns: ['a', 'b'], rows: ['r'] },
    values: [-1, 3],
  } as const;
  const scale = scaleOf(FindingFigure.parse({ ...figure, colours: 'around-zero' }) as MatrixFigure);
  expect(scale).toMatchObject({ min: -3, max: 3 });
  expect(scaleOf(FindingFigure.parse(figure) as MatrixFigure)).toMatchObject({ min: -1, max: 3 });
  // Names of classes that begin alike are told apart.
  const long = FindingFigure.parse({ ...figure, rows: ['striped triangle'] });
  expect(drawFinding(long)).toContain('>striped triangle<');
});

test('a surface is drawn from far to near on its scale, with a hole where the loss is unknown', () => {
  const figure = {
    ...{ kind: 'matrix', view: 'surface', id: 's', title: 'Loss', xTitle: 'd', yTitle: 'e' },
    ...{ valueTitle: 'Loss', isLog: true, hasContours: false, scale: [1, 100] },
    ...{ columns: ['-1', '0', '1'], rows: ['-1', '0', '1'] },
  } as const;
  const values = [10, 10, 10, 10, 1, 10, 10, 10, 10];
  const quads = (numbers: (number | null)[]): string[] =>
    drawFinding(FindingFigure.parse({ ...figure, values: numbers })).match(/<path d="M[^"]*Z"/g) ??
    [];
  expect(quads(values)).toHaveLength(4);
  expect(quads([null, ...values.slice(1)])).toHaveLength(3);
  expect(drawnPlaces(201)).toHaveLength(51);
  expect(drawnPlaces(201)).toEqual(expect.arrayContaining([0, 100, 200]));
  expect(drawnPlaces(51)).toHaveLength(51);
});

test('small arithmetic', () => {
  expect(kendallTau([0, 1, 2, 3])).toBe(1);
  expect(kendallTau([3, 2, 1, 0])).toBe(-1);
  expect(kendallTau([1, 0, 2, 3])).toBeCloseTo(4 / 6, 12);
  expect(spreadCounts(3, 10)).toEqual([1, 2, 3]);
  expect(spreadCounts(54, 4)).toEqual([1, 19, 36, 54]);
  expect(spreadCounts(0, 4)).toEqual([]);
  const { values, vectors } = eigenSymmetric([
    [2, 1],
    [1, 2],
  ]);
  expect(values.toSorted((a, b) => a - b)).toEqual([expect.closeTo(1, 12), expect.closeTo(3, 12)]);
  expect(vectors.map(([a = 0, b = 0]) => a * a + b * b)).toEqual([
    expect.closeTo(1, 12),
    expect.closeTo(1, 12),
  ]);
  // The line of level ½ between a column of zeros and one of ones.
  expect(contourSegments([0, 1, 0, 1], 2, 0.5)).toEqual([[0.5, 0, 0.5, 1]]);
});
