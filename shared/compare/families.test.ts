import { expect, test } from 'vitest';
import { concernsOf } from './fairness.ts';
import { groupRuns } from './groups.ts';
import { usualMeasure } from './measure.ts';
import { madeRun, madeSeeds } from './testing/made-run.ts';
import { verdictsOf } from './verdict.ts';

const decoder = { kind: 'mirror', latent: 4 } as const;
const gaussian = { ...decoder, likelihood: { kind: 'gaussian' } } as const;

test('a classifier beside an autoencoder is unfair, whatever is varied, and gets no verdict', () => {
  const seeds = [0.5, 0.6, 0.7];
  const runs = [...madeSeeds({ name: 'a' }, seeds), ...madeSeeds({ name: 'b', decoder }, seeds)];
  const groups = groupRuns(runs);
  for (const study of ['architecture', 'architecture.decoder', 'recipe']) {
    const [first] = concernsOf(groups, study);
    expect(first).toMatchObject({ kind: 'family', isUnfair: true });
    expect(first?.sentence).toContain('3 runs are autoencoders and 3 runs are classifiers');
  }
  const measure = usualMeasure(runs);
  const [verdict] = verdictsOf(groups, groups[0]?.key ?? '', { measure, study: 'architecture' });
  expect(verdict?.sentence).toContain("so they can't be compared");
});

test('losses of two likelihoods are not compared either; of one they are', () => {
  const kinds = (...runs: ReturnType<typeof madeRun>[]) =>
    concernsOf(groupRuns(runs), 'architecture').map(({ kind }) => kind);
  const one = madeRun({ name: 'a', decoder });
  expect(kinds(one, madeRun({ name: 'b', decoder: gaussian }))).toContain('family');
  expect(kinds(one, madeRun({ name: 'c', decoder: { ...decoder, latent: 8 } }))).not.toContain(
    'family',
  );
});

test('autoencoders alone are judged by their loss', () => {
  const autoencoder = madeRun({ decoder });
  expect(usualMeasure([autoencoder]).id).toBe('best val/loss');
  expect(usualMeasure([autoencoder, madeRun()]).id).toBe('best val/accuracy');
  expect(usualMeasure([]).id).toBe('best val/accuracy');
});
