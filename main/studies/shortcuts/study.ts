// Shortcuts. Claim: the identity is the best shortcut; scaling, gating, 1×1 convolutions and dropout on it
// hurt, and options A, B, C differ little. Method: one network with each shortcut. Expected picture: He et
// al. 2016 (arXiv 1603.05027), table 1; He et al. 2015, table 3.
import type { StudySummary } from '../../../shared/contract/findings.ts';
import type { StudySetting } from '../../../shared/contract/studies.ts';
import type { ArchitectureSpec } from '../../../shared/spec/architecture.ts';
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
import { isAbove, verdictOf, type Holds } from '../verdict-rules.ts';

type Changes = Partial<Record<keyof ArchitectureSpec, unknown>>;

const VARIANTS: readonly {
  readonly label: string;
  readonly changes: Changes;
  readonly paper?: number;
}[] = [
  { label: 'identity (A)', changes: { shortcut: 'A' }, paper: 6.61 },
  { label: 'projection (B)', changes: { shortcut: 'B' } },
  { label: '1×1 convolutions (C)', changes: { shortcut: 'C' }, paper: 12.22 },
  {
    label: 'scaled by 0.5',
    changes: { merge: { kind: 'scaling', branch: 0.5, shortcut: 0.5 } },
    paper: 12.35,
  },
  {
    label: 'exclusive gating',
    changes: { merge: { kind: 'exclusive-gating', bias: -6 } },
    paper: 8.7,
  },
  {
    label: 'shortcut gating, bias 0',
    changes: { merge: { kind: 'shortcut-gating', bias: 0 } },
    paper: 12.86,
  },
  {
    label: 'shortcut gating, bias −6',
    changes: { merge: { kind: 'shortcut-gating', bias: -6 } },
    paper: 6.91,
  },
  { label: 'dropout 0.5', changes: { merge: { kind: 'dropout', rate: 0.5 } } },
];
/** That the paper finds clearly worse than the identity. */
const WORSE = ['1×1 convolutions (C)', 'scaled by 0.5', 'shortcut gating, bias 0', 'dropout 0.5'];

function plan(setting: StudySetting): StudyPlan {
  const base = baseNetwork(setting, { quick: quickNetwork(2), paper: 'resnet110' });
  requireResidual(base);
  const recipe = recipeOf(setting, { paper: 'he2015-warmup' });
  const seeds = seedsOf(setting, { quick: 3, paper: 3 });
  const runs = VARIANTS.flatMap(({ label, changes }, place) => {
    const architecture = changed(base, { ...changes, name: `${base.name}, ${label}` });
    return runsOf(setting, { label, place, architecture, recipe, seeds });
  });
  return { runs, probes: [] };
}

function summarize(plan: StudyPlan, found: Found): StudySummary {
  const byLabel = outcomesByLabel(plan, found);
  const errors = (label: string): number[] => testErrors(byLabel.get(label));
  const identity = errors('identity (A)');
  const parts: Holds[] = WORSE.map((label) => isAbove(identity, errors(label)));
  const worse = parts.filter((part) => part === 'yes').length;
  const published = VARIANTS.flatMap(({ label, paper }): [string, number][] =>
    paper === undefined ? [] : [[label, paper]],
  );
  return {
    verdict: verdictOf(
      'Reproduced if 1×1 convolutions, scaling by 0.5, shortcut gating with bias 0 and dropout each have a higher validation error than the identity (95 % interval of the difference above 0); not reproduced if one of them surely does not.',
      parts,
      {
        text: `Identity: ${percentText(identity)}. Clearly worse than it: ${worse} of ${WORSE.length}.`,
        n: finishedCount(found),
      },
    ),
    sentences: [],
    figures: [variantFigure(plan, found)],
    tables: [errorTable(plan, found, new Map(published))],
  };
}

export const shortcuts: Study = {
  name: 'shortcuts',
  title: 'Shortcuts',
  question: 'What may a shortcut do besides passing its input on?',
  claim:
    'The identity is the best shortcut: scaling, gating, convolving or dropping what passes it hurts.',
  paper: 'He et al. 2016, Identity Mappings in Deep Residual Networks',
  arxiv: '1603.05027',
  method:
    'One network is trained with the identity, options B and C, and the five other shortcuts of the paper’s table 1, all else equal. Validation errors are compared with that of the identity.',
  next: 'Activation order: what may stand after the addition.',
  presets: {
    quick:
      '14 layers with eight shortcuts, 3 seeds: 24 runs of 300 steps (3 of them those of Degradation, if it has run).',
    paper: 'ResNet-110 with eight shortcuts, 3 seeds: 24 runs of 64,000 steps.',
  },
  plan,
  summarize,
};
