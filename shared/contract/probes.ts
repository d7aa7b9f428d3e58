// Probes: measurements of a trained or untrained network. What can be asked of each, and what it answers.
// Answers are plain numbers that go into JSON; a number that is not finite is null there.
import { z } from 'zod';

const count = (standard: number, most: number) => z.int().min(1).max(most).default(standard);
const seed = z.int().min(0).default(0);
const number = z.number().nullable();
const numbers = z.array(number);
const split = z.enum(['train', 'val', 'test']);
/** Undefined: validation, else test, else training. */
const chosenSplit = split.optional();
/** Undefined: all images of the split. */
const someImages = z.int().min(2).optional();

/** Which images a measurement was made on. */
const onImages = { split, examples: z.int(), of: z.int() };

/** Errors after removing or reordering blocks of a trained network (Veit et al. 2016, arXiv 1605.06431). */
const lesions = z.strictObject({
  kind: z.literal('lesions'),
  split: chosenSplit,
  images: someImages,
  /** Random choices of k blocks, and of k swaps, for each k. */
  draws: count(10, 200),
  /** At most so many different k, spread evenly. */
  counts: count(12, 2000),
  seed,
  /** Also with batch norm's statistics computed anew, on training images, for each removed block. */
  recalibrate: z.boolean().default(true),
  /** Training images for that. */
  recalibrationImages: count(512, 1_000_000),
  /** Also remove each block's shortcut instead of its branch. */
  shortcuts: z.boolean().default(true),
});

/** The gradient at the input by paths of each length (Veit et al. 2016, section 4.2). */
const pathLengths = z.strictObject({
  kind: z.literal('path-lengths'),
  split: chosenSplit,
  /** Random paths of each length, each with an image of its own. */
  samples: count(128, 100_000),
  /** At most so many different lengths, spread evenly; between them norms are interpolated. */
  lengths: count(64, 2000),
  seed,
});

/** Standard deviations of layer responses (He et al. 2015, figure 7), and ‖F(x)‖ / ‖x‖ of blocks. */
const responses = z.strictObject({
  kind: z.literal('responses'),
  split: chosenSplit,
  images: someImages,
});

/** Branch and shortcut at initialization (De & Smith 2020, arXiv 2002.10444). Weights are drawn anew. */
const initialization = z.strictObject({
  kind: z.literal('initialization'),
  images: count(128, 10_000),
  /** Draws of the starting weights. */
  draws: count(3, 100),
});

/** Linear CKA between layers (Kornblith et al. 2019), by minibatches (Nguyen et al. 2021, arXiv 2010.15327). */
const similarity = z.strictObject({
  kind: z.literal('similarity'),
  split: chosenSplit,
  images: someImages,
  /** The estimator needs more than three examples in a minibatch. */
  batch: z.int().min(4).max(4096).default(128),
});

/** The loss on a plane through the weights (Li et al. 2018, arXiv 1712.09913). */
const landscape = z.strictObject({
  kind: z.literal('landscape'),
  split: chosenSplit,
  images: z.int().min(2).default(1000),
  /** Grid points a side, odd, so that the weights themselves are the middle one. */
  points: z
    .int()
    .min(3)
    .max(201)
    .refine((points) => points % 2 === 1, 'must be odd')
    .default(21),
  /** From −range to range, in units of the filters' norms. */
  range: z.number().positive().max(100).default(1),
  seed,
});

/** Within- and between-class variability of the last features (Papyan et al. 2020, arXiv 2008.08186). */
const collapse = z.strictObject({
  kind: z.literal('collapse'),
  split: split.default('train'),
  images: someImages,
});

/** How far learned gates open (Srivastava et al. 2015, arXiv 1505.00387, section 4). */
const gates = z.strictObject({ kind: z.literal('gates'), split: chosenSplit, images: someImages });

/** Which examples are classified correctly. */
const correctness = z.strictObject({ kind: z.literal('correctness'), split: chosenSplit });

/** What an autoencoder rebuilds and makes up (Kingma & Welling 2013, arXiv 1312.6114). */
const pictures = z.strictObject({
  kind: z.literal('pictures'),
  split: chosenSplit,
  /** Rebuilt. */
  images: count(10, 64),
  /** Of the prior. */
  samples: count(30, 256),
  /** Straight lines through the latent space, each from one rebuilt image to the next. */
  walks: count(3, 16),
  /** Pictures of a walk. */
  steps: z.int().min(3).max(32).default(10),
  seed,
});

export const ProbeSpec = z.discriminatedUnion('kind', [
  lesions,
  pathLengths,
  responses,
  initialization,
  similarity,
  landscape,
  collapse,
  gates,
  correctness,
  pictures,
]);

export const PROBE_KINDS = [
  'lesions',
  'path-lengths',
  'responses',
  'initialization',
  'similarity',
  'landscape',
  'collapse',
  'gates',
  'correctness',
  'pictures',
] as const;

const judged = z.object({ error: z.number(), loss: number });

export const LesionValues = z.object({
  kind: z.literal('lesions'),
  ...onImages,
  /** In depth order; where a block changes the shape, its shortcut is no identity. */
  blocks: z.array(z.object({ name: z.string(), isDownsampling: z.boolean() })),
  isPlain: z.boolean(),
  whole: judged,
  /** One for each block: without its branch. */
  single: z.array(judged),
  /** The same after batch norm's statistics were computed anew; and the whole network's. */
  recalibrated: z.object({ whole: judged, single: z.array(judged), images: z.int() }).nullable(),
  /** One for each block: without its shortcut. Null for plain networks, and where it was not asked for. */
  shortcut: z.array(judged).nullable(),
  shortcutRecalibrated: z.array(judged).nullable(),
  /** `errors`: one for each draw of so many blocks. Blocks that change the shape are drawn as well. */
  removed: z.array(z.object({ blocks: z.int(), errors: z.array(z.number()) })),
  /** Pairs of equally shaped blocks that change places; τ is Kendall's, of the order of all blocks. */
  swapped: z.array(
    z.object({
      pairs: z.int(),
      draws: z.array(z.object({ tau: z.number(), error: z.number() })),
    }),
  ),
});

export const PathLengthValues = z.object({
  kind: z.literal('path-lengths'),
  split,
  blocks: z.int(),
  /** ‖dL/dx‖ at the input of the network, over paths with so many branches. */
  lengths: z.array(
    z.object({ length: z.int(), mean: z.number(), deviation: number, samples: z.int() }),
  ),
  /** By length from 0 to `blocks`: the share of all paths, and of the gradient. They sum to 1. */
  pathShare: z.array(z.number()),
  gradientShare: z.array(z.number()),
  /** The mean length, weighted by the gradient. */
  effectiveDepth: z.number(),
  /** The shortest range of lengths that has 95 % of the gradient, and its share of all paths. */
  effectiveRange: z.tuple([z.int(), z.int()]),
  effectivePaths: z.number(),
});

export const ResponseValues = z.object({
  kind: z.literal('responses'),
  ...onImages,
  convolutions: z.array(
    z.object({ name: z.string(), unit: z.string(), kernel: z.int(), deviation: number }),
  ),
  /** Mean over examples of ‖F(x)‖ / ‖x‖; null for blocks without a shortcut. */
  blocks: z.array(z.object({ name: z.string(), ratio: number })),
});

export const InitialVariant = z.enum(['batch-norm', 'no-norm', 'zero-scale']);

export const InitializationValues = z.object({
  kind: z.literal('initialization'),
  examples: z.int(),
  draws: z.int(),
  variants: z.array(
    z.object({
      variant: InitialVariant,
      /** Means over draws. Variances over N, H, W and C; the norm is of dL/dx at the block's input. */
      blocks: z.array(
        z.object({
          name: z.string(),
          branchVariance: number,
          shortcutVariance: number,
          gradientNorm: number,
        }),
      ),
    }),
  ),
});

export const SimilarityValues = z.object({
  kind: z.literal('similarity'),
  ...onImages,
  batch: z.int(),
  /** Stem and blocks of the network (rows), and of the other one or the same (columns). */
  rows: z.array(z.string()),
  columns: z.array(z.string()),
  /** Row-major CKA. */
  values: numbers,
});

export const LandscapeValues = z.object({
  kind: z.literal('landscape'),
  ...onImages,
  points: z.int(),
  range: z.number(),
  /** Row-major [b, a] over θ + a·d + b·e, both from −range to range. */
  losses: numbers,
  errors: numbers,
});

export const CollapseValues = z.object({
  kind: z.literal('collapse'),
  ...onImages,
  classes: z.int(),
  error: z.number(),
  /** tr(Σ_W Σ_B⁺) / C. */
  withinOverBetween: number,
  /** tr Σ_W / tr Σ_B. */
  traceRatio: number,
  /** Of pairs of centred class means: mean and deviation of the cosine; −1 / (C − 1) at collapse. */
  cosine: number,
  cosineDeviation: number,
  /** Deviation over mean of the norms of the centred class means. */
  normVariation: number,
  /** Share of examples whose nearest class mean is not the class that the network says. */
  nearestMeanDisagreement: z.number(),
});

export const GateValues = z.object({
  kind: z.literal('gates'),
  ...onImages,
  /** Of g · F + (1 − g) · x and of F + (1 − g) · x. */
  gating: z.enum(['exclusive', 'shortcut']),
  /** In the order of `byClass`. */
  classes: z.array(z.object({ name: z.string(), examples: z.int() })),
  /** Where every gate's bias began. */
  startBias: z.number(),
  /** In depth order. Openness is g, a mean over a map's pixels; a gate is that of one channel. */
  blocks: z.array(
    z.object({
      name: z.string(),
      /** Mean over images and gates; for each class too, null for one without images. */
      openness: number,
      byClass: numbers,
      /** Of one gate between images; the root of the mean variance over gates. */
      deviation: number,
      /**
       * The share of that variance that the class explains, adjusted for what as many random classes
       * would: 0 by chance, 1 where a class says all. Null for gates that do not vary.
       */
      classShare: number,
      bias: number,
      /** Share of the gates whose bias is below the one it began with. */
      fallenBiases: z.number(),
    }),
  ),
});

export const CorrectnessValues = z.object({
  kind: z.literal('correctness'),
  split,
  examples: z.int(),
  /** One character an example, in the order of the split: 1 where it is right. */
  correct: z.string().regex(/^[01]*$/),
});

/** Base64 of bytes: pictures one after the other, each [H, W, C]. */
const sheet = z.string();

export const PictureValues = z.object({
  kind: z.literal('pictures'),
  ...onImages,
  shape: z.object({ height: z.int(), width: z.int(), channels: z.int() }),
  latent: z.int(),
  originals: sheet,
  /** What the decoder says is most likely for the mean of each image's latent Gaussian. */
  rebuilt: sheet,
  samples: z.object({ count: z.int(), pixels: sheet }),
  /** Row by row, [walks, steps]. */
  walks: z.object({ count: z.int(), steps: z.int(), pixels: sheet }),
});

export const ProbeValues = z.discriminatedUnion('kind', [
  LesionValues,
  PathLengthValues,
  ResponseValues,
  InitializationValues,
  SimilarityValues,
  LandscapeValues,
  CollapseValues,
  GateValues,
  CorrectnessValues,
  PictureValues,
]);

export type ProbeKind = (typeof PROBE_KINDS)[number];
export type ProbeSpec = z.output<typeof ProbeSpec>;
/** With defaults left out. */
export type ProbeInput = z.input<typeof ProbeSpec>;
export type ProbeValues = z.output<typeof ProbeValues>;
export type ProbeSpecOf<Kind extends ProbeKind> = Extract<ProbeSpec, { kind: Kind }>;
export type ProbeValuesOf<Kind extends ProbeKind> = Extract<ProbeValues, { kind: Kind }>;
export type InitialVariant = z.output<typeof InitialVariant>;
export type Judged = z.output<typeof judged>;

/** A stored measurement with everything that it is a measurement of. */
export const ProbeResult = z.object({
  format: z.literal(1),
  run: z.string(),
  /** Of the other run, where two networks are compared. */
  other: z.string().optional(),
  spec: ProbeSpec,
  dataFingerprint: z.string(),
  /** Null: the run's starting weights. */
  checkpoint: z.object({ sha256: z.string(), step: z.int() }).nullable(),
  otherCheckpoint: z.object({ sha256: z.string(), step: z.int() }).nullable().optional(),
  at: z.string(),
  codeVersion: z.string(),
  elapsedMs: z.number(),
  values: ProbeValues,
});
export type ProbeResult = z.output<typeof ProbeResult>;
