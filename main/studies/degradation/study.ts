// Degradation. Claim: deeper plain networks have a higher *training* error, residual ones do not. Method:
// both at several depths, same recipe, several seeds. Expected picture: the plain line rises with depth,
// the residual one does not (He et al. 2015, arXiv 1512.03385, figure 6).
import type { StudySetting } from '../../../shared/contract/studies.ts';
import { plainTwin } from '../../zoo/parse-architecture.ts';
import type { Study, StudyPlan } from '../study.ts';
import {
  baseNetwork,
  depthOf,
  quickNetwork,
  recipeOf,
  requireResidual,
  runsOf,
  seedsOf,
  withBlocks,
} from '../trainings.ts';
import { summarizeDegradation } from './summary.ts';

/** 8, 14 and 20 layers. */
const QUICK_BLOCKS = [1, 2, 3];
/** 20, 32, 44, 56 and 110 layers. */
const PAPER_BLOCKS = [3, 5, 7, 9, 18];
/** 1202 layers, which the paper compares with 110: trained once, without a plain control. */
const TOO_DEEP_BLOCKS = 200;

function plan(setting: StudySetting): StudyPlan {
  const base = baseNetwork(setting, { quick: quickNetwork(3), paper: 'resnet20' });
  requireResidual(base);
  const recipe = recipeOf(setting, { paper: 'he2015-warmup' });
  const seeds = seedsOf(setting, { quick: 3, paper: 5 });
  const counts = setting.preset === 'quick' ? QUICK_BLOCKS : PAPER_BLOCKS;
  const runs = counts.flatMap((blocks) => {
    const residual = withBlocks(base, blocks);
    const depth = depthOf(residual);
    const common = { place: depth, recipe, seeds };
    const plain = plainTwin(residual);
    return [
      ...runsOf(setting, { ...common, label: `residual-${depth}`, architecture: residual }),
      ...runsOf(setting, { ...common, label: `plain-${depth}`, architecture: plain }),
    ];
  });
  if (setting.preset === 'quick') return { runs, probes: [] };
  const tooDeep = withBlocks(base, TOO_DEEP_BLOCKS);
  const place = depthOf(tooDeep);
  const one = { place, recipe, seeds: seeds.slice(0, 1) };
  return {
    runs: [
      ...runs,
      ...runsOf(setting, { ...one, label: `residual-${place}`, architecture: tooDeep }),
    ],
    probes: [],
  };
}

export const degradation: Study = {
  name: 'degradation',
  title: 'Degradation',
  question: 'Why do plain networks get worse with depth?',
  claim:
    'A deeper plain network has a higher training error than a shallower one; a residual network does not.',
  paper: 'He et al. 2015, Deep Residual Learning for Image Recognition',
  arxiv: '1512.03385',
  method:
    'Plain and residual networks of equal depth, width and parameters are trained with one recipe and several seeds. Errors on training and validation images are compared by depth. Speed early in training is compared by the mean loss over its first quarter, and gradient maps beside the errors show whether gradients vanish.',
  next: 'Look at the gradient maps of the deepest plain and residual run, then remove blocks of both: the study Lesions.',
  presets: {
    quick: 'Depths 8, 14 and 20, plain and residual, 3 seeds: 18 runs of 300 steps.',
    paper:
      'Depths 20, 32, 44, 56 and 110, plain and residual, 5 seeds, and residual-1202 once: 51 runs of 64,000 steps.',
  },
  plan,
  summarize: summarizeDegradation,
};
