// Lesions. Claim: removing one block of a trained residual network barely matters, of a plain one it ruins
// the network; the error rises smoothly with the number of blocks that are removed or swapped. Method: train
// both, then remove at test time. Expected picture: Veit et al. 2016 (arXiv 1605.06431), figures 3 and 5.
import type { StudySetting } from '../../../shared/contract/studies.ts';
import { plainTwin } from '../../zoo/parse-architecture.ts';
import type { Study, StudyPlan } from '../study.ts';
import {
  baseNetwork,
  quickNetwork,
  recipeOf,
  requireResidual,
  runsOf,
  seedsOf,
} from '../trainings.ts';
import { summarizeLesions } from './summary.ts';

function plan(setting: StudySetting): StudyPlan {
  const residual = baseNetwork(setting, { quick: quickNetwork(3), paper: 'resnet110' });
  requireResidual(residual);
  const isQuick = setting.preset === 'quick';
  const recipe = recipeOf(setting, { paper: 'he2015-warmup' });
  const seeds = seedsOf(setting, { quick: 2, paper: 3 });
  const common = { place: 0, recipe, seeds };
  const runs = [
    ...runsOf(setting, { ...common, label: 'residual', architecture: residual }),
    ...runsOf(setting, { ...common, label: 'plain', architecture: plainTwin(residual), place: 1 }),
  ];
  const probes = runs.map(({ key }) => ({
    key: `lesions of ${key}`,
    run: key,
    probe: {
      kind: 'lesions' as const,
      ...(isQuick
        ? { images: 500, draws: 5, counts: 8, recalibrationImages: 256 }
        : { draws: 20, counts: 20, recalibrationImages: 2048 }),
    },
  }));
  return { runs, probes };
}

export const lesions: Study = {
  name: 'lesions',
  title: 'Lesions',
  question: 'Can a trained network do without one of its blocks?',
  claim:
    'Removing any one block of a trained residual network barely changes its error, except where the shape changes; removing a layer pair of a plain network ruins it. The error rises smoothly as more blocks are removed or swapped.',
  paper: 'Veit et al. 2016, Residual Networks Behave Like Ensembles of Relatively Shallow Networks',
  arxiv: '1605.06431',
  method:
    'A residual network and its plain twin are trained. At test time each block is removed in turn, then k random ones, then blocks of the same shape change places. Each removal is repeated with batch norm recalibrated, and with the block’s shortcut removed instead of its branch.',
  next: 'Path lengths says why: most of the gradient comes by short paths.',
  presets: {
    quick:
      '20 layers, residual and plain, 2 seeds: 4 runs of 300 steps (those of Degradation, if it has run), then lesions on 500 images.',
    paper:
      'ResNet-110 and its plain twin, 3 seeds: 6 runs of 64,000 steps, then lesions on all images.',
  },
  plan,
  summarize: summarizeLesions,
};
