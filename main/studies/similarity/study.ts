// Representation similarity. Claim: the same layer of two networks that differ in their seed is most similar
// to itself (Kornblith et al. 2019, arXiv 1905.00414, figure 2: plain network, CKA finds it).
import type { StudySummary } from '../../../shared/contract/findings.ts';
import { isPlainRun, residualRuns } from '../residual-runs.ts';
import { measuredOf, type Found, type Study, type StudyPlan } from '../study.ts';
import { holdsIf, verdictOf } from '../verdict-rules.ts';
import { findSimilarity, neighbourSimilarity, sameLayerHits } from './findings.ts';

function summarize(plan: StudyPlan, found: Found): StudySummary {
  const measured = measuredOf(plan, found, 'similarity');
  const isAcross = (key: string): boolean => key.startsWith('between');
  const across = plan.probes.flatMap(({ key, run }) => {
    const values = found.probes.get(key)?.[0]?.values;
    const planned = plan.runs.find((each) => each.key === run);
    return isAcross(key) && values?.kind === 'similarity' && planned
      ? [{ run: planned, values }]
      : [];
  });
  const shares = across.map(({ values }) => sameLayerHits(values) / values.rows.length);
  const figures = plan.probes.flatMap(({ key }) => {
    const values = found.probes.get(key)?.[0]?.values;
    if (values?.kind !== 'similarity') return [];
    return findSimilarity(values).figures.map((figure) => ({ ...figure, id: key, title: key }));
  });
  const plain = measured.filter(({ run }) => isPlainRun(run));
  const residual = measured.filter(({ run }) => !isPlainRun(run));
  const mean = (all: typeof measured): string =>
    all.map(({ values }) => neighbourSimilarity(values).toFixed(3)).join(', ') || 'unknown';
  const percent = across
    .map(({ run }, i) => `${run.label} ${Math.round(100 * (shares[i] ?? 0))} %`)
    .join(', ');
  return {
    verdict: verdictOf(
      'Reproduced if between two seeds at least half of the layers are most similar to the layer at their own depth, in every pair of networks; by chance it would be one layer.',
      across.length === plan.probes.filter(({ key }) => isAcross(key)).length
        ? [holdsIf(shares.every((share) => share >= 0.5))]
        : ['open'],
      {
        text: `Layers that find themselves between seeds: ${percent === '' ? 'not measured yet' : percent}.`,
        n: across.length,
      },
    ),
    sentences: [
      `CKA of layers that follow each other: residual ${mean(residual)}; plain ${mean(plain)}.`,
    ],
    figures,
    tables: [],
  };
}

export const similarity: Study = {
  name: 'similarity',
  title: 'Representation similarity',
  question: 'Do two trainings learn the same layers?',
  claim:
    'A layer of one network is most similar to the same layer of another that was trained from another seed.',
  paper: 'Kornblith et al. 2019, Similarity of Neural Network Representations Revisited',
  arxiv: '1905.00414',
  method:
    'Linear CKA, with the unbiased minibatch estimator of Nguyen et al. 2021, between the outputs of all blocks: within a network, and between two seeds, plain and residual.',
  next: 'Lesions: layers that are alike can do without each other.',
  presets: {
    quick:
      '20 layers, plain and residual, 2 seeds: 4 runs of 300 steps (those of Degradation, if it has run).',
    paper: '20 and 56 layers, plain and residual, 2 seeds: 8 runs of 64,000 steps.',
  },
  plan: (setting) => {
    const runs = residualRuns(setting, {
      ...{ quickBlocks: [3], paperBlocks: [3, 9], quickSeeds: 2, paperSeeds: 2, withPlain: true },
    });
    const probe = { kind: 'similarity' as const, batch: 128 };
    const labels = [...new Set(runs.map(({ label }) => label))];
    const probes = labels.flatMap((label) => {
      const [first, second] = runs.filter((run) => run.label === label);
      if (!first) return [];
      return [
        { key: `within ${first.key}`, run: first.key, probe },
        ...(second
          ? [{ key: `between seeds of ${label}`, run: first.key, other: second.key, probe }]
          : []),
      ];
    });
    return { runs, probes };
  },
  summarize,
};
