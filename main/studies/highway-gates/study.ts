// Highway gates. Claim: how far the gates of a trained highway network open depends on the class of the image
// (Srivastava et al. 2015, arXiv 1505.00387, section 4.1). Method: openness of every gate by block and class,
// before training and at every kept checkpoint. Expected picture: differences between classes (its figure 3).
import type { StudySetting } from '../../../shared/contract/studies.ts';
import type { ArchitectureSpec } from '../../../shared/spec/architecture.ts';
import { CheckpointsSpec } from '../../../shared/spec/recipe.ts';
import type { Study, StudyPlan } from '../study.ts';
import {
  baseNetwork,
  changed,
  quickNetwork,
  recipeOf,
  requireResidual,
  runsOf,
  seedsOf,
} from '../trainings.ts';
import { hasGates } from './gated.ts';
import { summarizeGates } from './summary.ts';

/** Depth 20 as the paper's layers are: each 3×3 convolution a block with a gate of its own. */
function quickHighway(): ArchitectureSpec {
  return changed(quickNetwork(6), {
    name: 'highway-20',
    block: { kind: 'single', order: 'relu-before-addition' },
    merge: { kind: 'highway', bias: -2 },
  });
}

function plan(setting: StudySetting): StudyPlan {
  const given = baseNetwork(setting, { quick: quickHighway(), paper: 'highway56' });
  requireResidual(given);
  const network = hasGates(given)
    ? given
    : changed(given, { name: `${given.name}, gated`, merge: { kind: 'highway', bias: -2 } });
  const isQuick = setting.preset === 'quick';
  const recipe = recipeOf(setting, {
    quickSteps: 600,
    paper: 'he2015-warmup',
    changes: { checkpoints: CheckpointsSpec.parse({ everyEpochs: isQuick ? 2 : 10 }) },
  });
  const seeds = seedsOf(setting, { quick: 3, paper: 3 });
  const runs = runsOf(setting, {
    ...{ label: network.name, place: 0, architecture: network, recipe, seeds },
  });
  const probe = { kind: 'gates' as const };
  const probes = runs.flatMap(({ key }) => [
    { key: `gates of ${key} before training`, run: key, probe, checkpoint: 'start' as const },
    { key: `gates of ${key}`, run: key, probe, checkpoint: 'kept' as const },
  ]);
  return { runs, probes };
}

export const highwayGates: Study = {
  name: 'highway-gates',
  title: 'Highway gates',
  question: 'What do learned gates let through?',
  claim:
    'The gates of a trained highway network route by what they see: how far they open differs between classes.',
  paper: 'Srivastava et al. 2015, Highway Networks',
  arxiv: '1505.00387',
  method:
    'A highway layer gives T · H(x) + (1 − T) · x with a learned gate T that starts almost closed. Before training and at every kept checkpoint the openness of all gates is measured on validation images, by block and by class. An untrained gate reacts to images too, so what training adds is the difference.',
  next: 'Lesions of one of the runs: which layers it can do without.',
  presets: {
    quick:
      'Highway-20, convolutional, 3 seeds: 3 runs of 600 steps, measured before training and after every second epoch.',
    paper:
      'Highway-56, convolutional (the paper’s networks are fully connected, of 50 layers), 3 seeds: 3 runs of 64,000 steps, measured every 10 epochs.',
  },
  plan,
  summarize: summarizeGates,
};
