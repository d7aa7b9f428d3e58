// Training only effective paths. Claim: training with exactly k of n blocks in each step, so that no path is
// longer than the effective ones, is as good as training the full network (Veit et al. 2016, arXiv
// 1605.06431, section 4.3: 23 of 54 blocks, 5.96 % against 6.10 %).
import type { StudySummary } from '../../../shared/contract/findings.ts';
import type { StudySetting } from '../../../shared/contract/studies.ts';
import { errorTable, finishedCount, testErrors, variantFigure } from '../comparison-summary.ts';
import { percentText } from '../spread.ts';
import { outcomesByLabel, type Found, type Study, type StudyPlan } from '../study.ts';
import {
  baseNetwork,
  changed,
  quickNetwork,
  recipeOf,
  requireResidual,
  runsOf,
  seedsOf,
} from '../trainings.ts';
import { isNotAbove, verdictOf } from '../verdict-rules.ts';

/** The paper's share: 23 of 54. */
const SHARE = 23 / 54;
const MARGIN = 0.02;

function plan(setting: StudySetting): StudyPlan {
  const base = baseNetwork(setting, { quick: quickNetwork(3), paper: 'resnet110' });
  requireResidual(base);
  const recipe = recipeOf(setting, { paper: 'he2015-warmup' });
  const seeds = seedsOf(setting, { quick: 3, paper: 3 });
  const all = base.stages.reduce((sum, { blocks }) => sum + blocks, 0);
  const blocks = Math.max(1, Math.round(SHARE * all));
  const sampling = { kind: 'exactly', blocks };
  const sampled = changed(base, { sampling, name: `${base.name}, ${blocks} of ${all} blocks` });
  const full = changed(base, { sampling: { kind: 'all' } });
  const common = { recipe, seeds };
  const runs = [
    ...runsOf(setting, { ...common, label: 'full network', place: 0, architecture: full }),
    ...runsOf(setting, {
      ...common,
      label: `${blocks} of ${all} blocks`,
      place: 1,
      architecture: sampled,
    }),
  ];
  const probes = runs.map(({ key }) => ({
    key: `path lengths of ${key}`,
    run: key,
    probe: { kind: 'path-lengths' as const },
  }));
  return { runs, probes };
}

function summarize(plan: StudyPlan, found: Found): StudySummary {
  const byLabel = outcomesByLabel(plan, found);
  const labels = [...new Set(plan.runs.map(({ label }) => label))];
  const [full = [], sampled = []] = labels.map((label) => testErrors(byLabel.get(label)));
  const published = new Map([
    ['full network', 6.1],
    [labels[1] ?? '', 5.96],
  ]);
  return {
    verdict: verdictOf(
      'Reproduced if the validation error after training with sampled blocks is not above that of the full network by more than 2 percentage points (upper end of the 95 % interval).',
      [isNotAbove(full, sampled, MARGIN)],
      {
        text: `Full network: ${percentText(full)}; ${labels[1] ?? ''}: ${percentText(sampled)}.`,
        n: finishedCount(found),
      },
    ),
    sentences: [
      'In a step the other blocks are left to their shortcuts; in evaluation every branch is multiplied by how often it took part.',
    ],
    figures: [variantFigure(plan, found)],
    tables: [errorTable(plan, found, published)],
  };
}

export const effectivePaths: Study = {
  name: 'effective-paths',
  title: 'Training only effective paths',
  question: 'Are long paths needed for training at all?',
  claim:
    'A network of which only 43 % of the blocks take part in each step is as good as the full network.',
  paper: 'Veit et al. 2016, Residual Networks Behave Like Ensembles of Relatively Shallow Networks',
  arxiv: '1605.06431',
  method:
    'In every step exactly k of n blocks, drawn at random, train; no path is longer than k blocks. The result is compared with the fully trained network, and the effective depth of both is measured.',
  next: 'Stochastic depth: blocks that take part with a probability each.',
  presets: {
    quick:
      '20 layers, 4 of 9 blocks a step against all, 3 seeds: 6 runs of 300 steps (half of them those of Degradation, if it has run).',
    paper: 'ResNet-110, 23 of 54 blocks against all, 3 seeds: 6 runs of 64,000 steps.',
  },
  plan,
  summarize,
};
