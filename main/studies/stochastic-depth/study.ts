// Stochastic depth. Claim: leaving blocks out at random while training, later ones more often, lowers the
// test error of a deep residual network (Huang et al. 2016, arXiv 1603.09382: 6.41 % → about 5.2 %). Also
// shown: survival by block, realized depth, and what lesions do to both.
import type { FindingFigure, StudySummary } from '../../../shared/contract/findings.ts';
import type { StudySetting } from '../../../shared/contract/studies.ts';
import type { ArchitectureSpec } from '../../../shared/spec/architecture.ts';
import {
  errorTable,
  finishedCount,
  testErrors,
  trainErrors,
  variantFigure,
} from '../comparison-summary.ts';
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
import { isAbove, verdictOf } from '../verdict-rules.ts';

const ALWAYS = 'all blocks';
const LINEAR = 'linear survival to 0.5';
const UNIFORM = 'uniform survival 0.5';

function plan(setting: StudySetting): StudyPlan {
  const base = baseNetwork(setting, { quick: quickNetwork(3), paper: 'resnet110' });
  requireResidual(base);
  const recipe = recipeOf(setting, { paper: 'stochastic-depth' });
  const seeds = seedsOf(setting, { quick: 3, paper: 3 });
  const variant = (label: string, place: number, sampling: unknown) =>
    runsOf(setting, {
      ...{ label, place, recipe, seeds },
      architecture: changed(base, { sampling, name: `${base.name}, ${label}` }),
    });
  return {
    runs: [
      ...variant(ALWAYS, 0, { kind: 'all' }),
      ...variant(LINEAR, 1, { kind: 'stochastic-depth', rule: 'linear', survival: 0.5 }),
      ...variant(UNIFORM, 2, { kind: 'stochastic-depth', rule: 'uniform', survival: 0.5 }),
    ],
    probes: [],
  };
}

/** p = 1 − l / L · (1 − survival), or the same for all. */
export function survivalsOf({ sampling, stages }: ArchitectureSpec): number[] {
  const count = stages.reduce((sum, { blocks }) => sum + blocks, 0);
  return Array.from({ length: count }, (_, i) => {
    if (sampling?.kind !== 'stochastic-depth') return 1;
    if (sampling.rule === 'uniform') return sampling.survival;
    return 1 - ((i + 1) / count) * (1 - sampling.survival);
  });
}

function survivalFigure({ runs }: StudyPlan): FindingFigure {
  const labels = [...new Set(runs.map(({ label }) => label))];
  return {
    kind: 'points',
    id: 'survival',
    title: 'How often a block takes part in training',
    xTitle: 'Block, in depth order',
    yTitle: 'Probability',
    isLogX: false,
    isLogY: false,
    series: labels.map((label, colour) => {
      const spec = runs.find((run) => run.label === label)?.spec.architecture;
      const points = (spec ? survivalsOf(spec) : []).map((y, i) => ({ x: i + 1, y }));
      return { label, colour, isDashed: false, isJoined: true, points };
    }),
  };
}

function summarize(plan: StudyPlan, found: Found): StudySummary {
  const byLabel = outcomesByLabel(plan, found);
  const errors = (label: string): number[] => testErrors(byLabel.get(label));
  const published = new Map([
    [ALWAYS, 6.41],
    [LINEAR, 5.2],
  ]);
  const [first] = plan.runs.filter(({ label }) => label === LINEAR);
  const survivals = first ? survivalsOf(first.spec.architecture) : [];
  const expected = survivals.reduce((sum, p) => sum + p, 0);
  const spread = Math.sqrt(survivals.reduce((sum, p) => sum + p * (1 - p), 0));
  return {
    verdict: verdictOf(
      'Reproduced if the validation error with linear survival is below that of the network of which all blocks always train (95 % interval of the difference).',
      [isAbove(errors(LINEAR), errors(ALWAYS))],
      {
        text: `All blocks: ${percentText(errors(ALWAYS))}; linear: ${percentText(errors(LINEAR))}; uniform: ${percentText(errors(UNIFORM))}. Training error: ${percentText(trainErrors(byLabel.get(ALWAYS)))} and ${percentText(trainErrors(byLabel.get(LINEAR)))}.`,
        n: finishedCount(found),
      },
    ),
    sentences: [
      `With linear survival ${expected.toFixed(1)} ± ${spread.toFixed(1)} of ${survivals.length} blocks take part in a step. It regularizes: it can help only where the network over-fits, which takes long trainings.`,
    ],
    figures: [variantFigure(plan, found), survivalFigure(plan)],
    tables: [errorTable(plan, found, published)],
  };
}

export const stochasticDepth: Study = {
  name: 'stochastic-depth',
  title: 'Stochastic depth',
  question: 'Can a network be shallow in training and deep in use?',
  claim:
    'Leaving blocks out at random while training lowers the test error of a deep residual network.',
  paper: 'Huang et al. 2016, Deep Networks with Stochastic Depth',
  arxiv: '1603.09382',
  method:
    'In every step each block takes part with its probability, which falls linearly with depth or is the same for all; in evaluation all take part, multiplied by it. Compared with the network of which all blocks always train.',
  next: 'Lesions of a run of each: training with missing blocks makes a network robust to losing them.',
  presets: {
    quick:
      '20 layers, three rules, 3 seeds: 9 runs of 300 steps (3 of them those of Degradation, if it has run).',
    paper: 'ResNet-110, three rules, 3 seeds: 9 runs of 500 epochs.',
  },
  plan,
  summarize,
};
