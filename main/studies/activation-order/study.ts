// Activation order. Claim: batch norm and ReLU before the convolutions (full pre-activation) is best, batch
// norm after the addition worst. Method: the five orders of He et al. 2016 (arXiv 1603.05027), figure 4.
// Expected picture: its table 2.
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
import { isAbove, isNotAbove, verdictOf } from '../verdict-rules.ts';

/** ResNet-110, CIFAR-10 test error in % (table 2). */
const ORDERS = [
  { label: 'original', paper: 6.61 },
  { label: 'bn-after-addition', paper: 8.17 },
  { label: 'relu-before-addition', paper: 7.84 },
  { label: 'relu-only-preactivation', paper: 6.71 },
  { label: 'full-preactivation', paper: 6.37 },
] as const;

function plan(setting: StudySetting): StudyPlan {
  const base = baseNetwork(setting, { quick: quickNetwork(2), paper: 'resnet110' });
  requireResidual(base);
  const recipe = recipeOf(setting, { paper: 'he2016' });
  const seeds = seedsOf(setting, { quick: 3, paper: 3 });
  const runs = ORDERS.flatMap(({ label }, place) => {
    const block = { ...base.block, order: label };
    const architecture = changed(base, { block, name: `${base.name}, ${label}` });
    return runsOf(setting, { label, place, architecture, recipe, seeds });
  });
  return { runs, probes: [] };
}

function summarize(plan: StudyPlan, found: Found): StudySummary {
  const byLabel = outcomesByLabel(plan, found);
  const errors = (label: (typeof ORDERS)[number]['label']): number[] =>
    testErrors(byLabel.get(label));
  const full = errors('full-preactivation');
  const original = errors('original');
  return {
    verdict: verdictOf(
      'Reproduced if the validation error with batch norm after the addition is above that of the original order (95 % interval of the difference above 0) and full pre-activation is not above the original by more than 1 percentage point.',
      [isAbove(original, errors('bn-after-addition')), isNotAbove(original, full, 0.01)],
      {
        text: `Original ${percentText(original)}, batch norm after the addition ${percentText(errors('bn-after-addition'))}, full pre-activation ${percentText(full)}.`,
        n: finishedCount(found),
      },
    ),
    sentences: [],
    figures: [variantFigure(plan, found)],
    tables: [errorTable(plan, found, new Map(ORDERS.map(({ label, paper }) => [label, paper])))],
  };
}

export const activationOrder: Study = {
  name: 'activation-order',
  title: 'Activation order',
  question: 'Where should batch norm and ReLU stand?',
  claim:
    'Full pre-activation is the best order; anything that changes the signal after the addition, such as batch norm, hurts.',
  paper: 'He et al. 2016, Identity Mappings in Deep Residual Networks',
  arxiv: '1603.05027',
  method:
    'One network is trained with each of the five orders of the paper’s figure 4, all else equal.',
  next: 'Shortcuts: what may happen to the signal on the shortcut.',
  presets: {
    quick:
      '14 layers in five orders, 3 seeds: 15 runs of 300 steps (3 of them those of Degradation, if it has run).',
    paper: 'ResNet-110 in five orders, 3 seeds: 15 runs of 64,000 steps.',
  },
  plan,
  summarize,
};
