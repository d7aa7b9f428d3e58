// Autoencoders by depth. Claim: deeper residual variational autoencoders fit the training images better and the
// validation images worse (a published write-up on CIFAR-10; Kingma & Welling 2013, arXiv 1312.6114). Expected
// picture: the training loss falls with depth, the lowest validation loss rises.
import { isAutoencoder } from '../../../shared/spec/autoencoder.ts';
import { ArchitectureSpec } from '../../../shared/spec/architecture.ts';
import { recipeFor } from '../../../shared/spec/family-recipe.ts';
import type { StudySetting } from '../../../shared/contract/studies.ts';
import { inputError } from '../../../shared/errors.ts';
import type { Study, StudyPlan } from '../study.ts';
import { baseNetwork, changed, depthOf, recipeOf, runsOf, seedsOf } from '../trainings.ts';
import { summarizeAutoencoders } from './summary.ts';

/** Blocks of each encoder and decoder stage: 28, 40, 70 and 100 layers with three stages. */
const BLOCKS = [
  [2, 2],
  [3, 3],
  [6, 5],
  [8, 8],
] as const;

/** vae28 at half its width and with an eighth of its latent numbers. */
function quickAutoencoder(): ArchitectureSpec {
  return ArchitectureSpec.parse({
    name: 'vae28',
    stem: { kind: 'cifar', width: 8 },
    stages: [
      { blocks: 2, width: 8 },
      { blocks: 2, width: 16, stride: 2 },
      { blocks: 2, width: 32, stride: 2 },
    ],
    block: { kind: 'basic' },
    shortcut: 'B',
    decoder: { kind: 'mirror', latent: 32 },
  });
}

/** Like `base`, with so many blocks in each stage of encoder and decoder. */
function autoencoderWith(
  base: ArchitectureSpec,
  [encoder, decoder]: readonly [number, number],
): { readonly architecture: ArchitectureSpec; readonly depth: number } {
  const stages = base.stages.map((stage) => ({ ...stage, blocks: encoder }));
  // The decoder: a linear layer, basic blocks, and the convolution to pixels.
  const depth = depthOf({ ...base, stages }) + 2 + 2 * decoder * stages.length;
  const architecture = changed(base, {
    name: `${base.name.replace(/-?\d+$/, '')}-${depth}`,
    stages,
    decoder: { ...base.decoder, blocks: stages.map(() => decoder) },
  });
  return { architecture, depth };
}

function plan(setting: StudySetting): StudyPlan {
  const base = baseNetwork(setting, { quick: quickAutoencoder(), paper: 'vae28' });
  if (!isAutoencoder(base)) {
    throw inputError(
      'needs-autoencoder',
      `${base.name} is a classifier; this study compares autoencoders. Choose one, such as vae28.`,
      { path: 'network' },
    );
  }
  const recipe = recipeFor(base, recipeOf(setting, { paper: 'autoencoder' }));
  const seeds = seedsOf(setting, { quick: 2, paper: 3 });
  const runs = BLOCKS.flatMap((blocks) => {
    const { architecture, depth } = autoencoderWith(base, blocks);
    return runsOf(setting, {
      ...{ label: architecture.name, place: depth, recipe, seeds },
      architecture,
    });
  });
  const [first] = seeds;
  const ends = [runs[0], runs.findLast(({ spec }) => spec.seed === first)];
  const probes = ends.flatMap((run) =>
    run === undefined
      ? []
      : [{ key: `pictures of ${run.key}`, run: run.key, probe: { kind: 'pictures' as const } }],
  );
  return { runs, probes };
}

export const autoencoders: Study = {
  name: 'autoencoders',
  title: 'Autoencoders by depth',
  question: 'Does an autoencoder get better with depth?',
  claim:
    'A deeper residual variational autoencoder fits the training images better and the validation images worse.',
  paper: 'Kingma & Welling 2013, Auto-Encoding Variational Bayes',
  arxiv: '1312.6114',
  family: 'autoencoder',
  method:
    'Encoder and decoder of residual blocks, with transposed convolutions in the decoder, are trained on the evidence lower bound at four depths. Training loss, lowest validation loss and training time are compared by depth; pictures show what the shallowest and the deepest rebuild and make up.',
  next: 'Change the latent size or the likelihood of the decoder in New run, and compare the reconstructions.',
  presets: {
    quick:
      'Depths 28, 40, 70 and 100 at half width with 32 latent numbers, 2 seeds: 8 runs of 300 steps.',
    paper:
      'vae28, vae40, vae70 and vae100 with 256 latent numbers, 3 seeds: 12 runs, each until 50 epochs bring nothing.',
  },
  plan,
  summarize: summarizeAutoencoders,
};
