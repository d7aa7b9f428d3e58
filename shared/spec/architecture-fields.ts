// What people read about the fields of an architecture: names, hints, what a choice is called, and which
// fields have no effect with which others. The form shows by it, the parser refuses by it.
import { z } from 'zod';

export const architectureLabels: Readonly<Record<string, string>> = {
  'stem.kind': 'Kind',
  'stages.*.blocks': 'Blocks',
  'stages.*.dilation': 'Dilation',
  'stages.*.widths': 'Widths',
  widthMultiplier: 'Width multiplier',
  'block.kind': 'Kind',
  'block.order': 'Order',
  'block.baseWidth': 'Base width',
  'block.squeezeExcitation': 'Squeeze-excite',
  merge: 'Merge',
  'merge.kind': 'Merge',
  'merge.branch': 'Branch times',
  'merge.shortcut': 'Shortcut times',
  'merge.bias': 'Gate bias',
  'merge.rate': 'Rate',
  sampling: 'Sampling',
  'sampling.kind': 'Sampling',
  'sampling.rule': 'Survival',
  'sampling.survival': 'Probability',
  'sampling.blocks': 'Blocks',
  groupNorm: 'Group norm',
  zeroInitLastScale: 'Start as identity',
  decoder: 'Decoder',
  'decoder.kind': 'Decoder',
  'decoder.latent': 'Latent size',
  'decoder.blocks': 'Decoder blocks',
  'decoder.likelihood': 'Likelihood',
  'decoder.likelihood.kind': 'Likelihood',
  'decoder.likelihood.deviation': 'Deviation',
};

export const architectureHints: Readonly<Record<string, string>> = {
  'stem.kind': 'The ResNet-D stem has three 3×3 in place of the 7×7.',
  widthMultiplier: 'Multiplies every stage’s width, not the stem’s: the k of WRN-d-k.',
  'block.order': 'Where batch norm and ReLU stand (He et al. 2016, figure 4).',
  'block.baseWidth': 'The 3×3 is width · base width / 64 · groups wide.',
  'block.dropout': 'Share of values dropped before the block’s last convolution.',
  'block.squeezeExcitation':
    'Each channel is scaled by what all channels’ means say; the number is how much narrower the layer between is (16 in the paper).',
  shortcut:
    'How a block’s input reaches its output: A pads with zeros, B projects where the shape changes, C everywhere, D as B after averaging 2×2 pixels.',
  'merge.kind':
    'How branch and shortcut meet (He et al. 2016, table 1; its 1×1 convolution is shortcut C).',
  'merge.bias':
    'Where the gate starts: the more negative, the more of the shortcut passes at first.',
  'sampling.kind':
    'Blocks that sit a step out pass their shortcut only; evaluation uses all, scaled by how often each took part.',
  'sampling.rule':
    'Linear: from 1 at the first block to the probability at the last. Uniform: the same everywhere.',
  groupNorm:
    'Groups of channels normalized per image instead of per batch; for batches of a few images (32 in the paper).',
  zeroInitLastScale:
    'Each branch’s last normalization starts at scale 0, so every block starts as the identity.',
  'decoder.kind':
    'With a decoder the network is a variational autoencoder: it learns to rebuild images and no classes.',
  'decoder.latent': 'Numbers that stand for an image (256 as published for CIFAR-10).',
  'decoder.blocks':
    'Blocks of each decoder stage, smallest map first; off: as many as the encoder has there.',
  'decoder.likelihood.kind':
    'How pixels lie around what the decoder says: losses of two likelihoods can’t be compared.',
};

export const architectureChoices: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'stem.kind': {
    cifar: 'CIFAR: 3×3',
    imagenet: 'ImageNet: 7×7 + pool',
    'imagenet-d': 'ResNet-D: 3 × 3×3 + pool',
  },
  'block.kind': {
    basic: 'Basic: 3×3, 3×3',
    bottleneck: 'Bottleneck: 1×1, 3×3, 1×1',
    single: 'Single: 3×3',
  },
  'block.order': {
    original: 'Original (post-activation)',
    'bn-after-addition': 'BN after addition',
    'relu-before-addition': 'ReLU before addition',
    'relu-only-preactivation': 'ReLU-only pre-activation',
    'full-preactivation': 'Full pre-activation',
  },
  shortcut: {
    none: 'None: a plain network',
    A: 'A: pad',
    B: 'B: project on change',
    C: 'C: project always',
    D: 'D: average, then project',
  },
  merge: {
    add: 'Add',
    scaling: 'Constant scaling',
    'exclusive-gating': 'Exclusive gate (1×1)',
    'shortcut-gating': 'Gate on the shortcut (1×1)',
    highway: 'Highway gate (3×3)',
    dropout: 'Dropout on the shortcut',
  },
  sampling: {
    all: 'All, always',
    'stochastic-depth': 'Stochastic depth',
    exactly: 'Exactly so many',
  },
  'sampling.rule': { linear: 'Linear', uniform: 'Uniform' },
  decoder: { none: 'None: a classifier', mirror: 'Mirror: an autoencoder' },
  'decoder.likelihood': { bernoulli: 'Bernoulli', gaussian: 'Gaussian' },
};

/** Better values to begin with than the schema's least. */
export const architectureBeginnings: Readonly<Record<string, unknown>> = {
  'block.squeezeExcitation': 16,
  groupNorm: 8,
  'sampling.blocks': 1,
  'decoder.blocks': [2, 2, 2],
};

/** What the rules look at, of a document that may be half typed. */
const Facts = z.object({
  stages: z
    .array(z.object({ widths: z.unknown().optional() }))
    .catch([])
    .default([]),
  block: z
    .object({ kind: z.string().catch(''), order: z.string().catch('original').default('original') })
    .catch({ kind: '', order: 'original' }),
  shortcut: z.string().catch(''),
});

type Facts = z.output<typeof Facts>;

/** By field: a sentence that says why it has no effect with the rest, or undefined if it has. */
const effects: Readonly<Record<string, (facts: Facts) => string | undefined>> = {
  'block.baseWidth': ({ block }) =>
    block.kind === 'bottleneck'
      ? undefined
      : `has no effect on a ${block.kind} block; leave it out, or set the stages' widths or widthMultiplier.`,
  'block.expansion': ({ block }) =>
    block.kind === 'bottleneck'
      ? undefined
      : `has no effect on a ${block.kind} block, whose output is as wide as its stage; leave it out.`,
  merge: ({ shortcut }) =>
    shortcut === 'none'
      ? 'needs shortcuts: a plain block has nothing that its branch could meet; leave it out or choose shortcut A, B, C or D.'
      : undefined,
  sampling: ({ shortcut }) =>
    shortcut === 'none'
      ? 'needs shortcuts: without them nothing would pass a block that sits a step out; leave it out or choose shortcut A, B, C or D.'
      : undefined,
  zeroInitLastScale: ({ shortcut, block }) => {
    if (shortcut === 'none') {
      return 'needs shortcuts: without them no signal would pass a block that starts at 0; set it to false or choose shortcut A, B, C or D.';
    }
    switch (block.order) {
      case 'full-preactivation':
        return 'has no meaning with full pre-activation, whose branches end in a convolution, not in a batch norm; set it to false.';
      case 'bn-after-addition':
        return 'has no meaning with batch norm after the addition, whose branches end in a convolution; set it to false.';
      case 'relu-before-addition':
        return "would never let a block begin to learn with ReLU before the addition: no gradient passes the branch's last ReLU while all is 0; set it to false.";
      default:
        return undefined;
    }
  },
};

/** Why the field (`block.baseWidth`) does nothing in this document, or undefined if it does something. */
export function withoutEffect(key: string, document: unknown): string | undefined {
  const rule = effects[key];
  if (rule === undefined) return undefined;
  const facts = Facts.safeParse(document);
  return facts.success ? rule(facts.data) : undefined;
}

/** The fields that `withoutEffect` may have something to say about. */
export const conditionalFields: readonly string[] = Object.keys(effects);

/** For a form: whether a field is worth showing. Widths of single convolutions only where there are. */
export function appliesToArchitecture(key: string, document: unknown): boolean {
  if (key === 'stages.*.widths') {
    const facts = Facts.safeParse(document);
    return facts.success && facts.data.stages.some(({ widths }) => Array.isArray(widths));
  }
  return withoutEffect(key, document) === undefined;
}
