// What a trainer does for its host, as a contract of shared/rpc. The host asks, the trainer serves; a job tells
// events while it is worked on and answers once. Cancelling a job asks it to save what it has and end: a
// training then answers `stopped` and can be resumed.
// A checkpoint is written only after every point before it was dealt with, so that a run that is resumed
// from it has its whole series.
import { z } from 'zod';
import { ErrorDocument } from '../error-document.ts';
import { job } from '../rpc/definition.ts';
import { ArchitectureSpec } from '../spec/architecture.ts';
import { AugmentationSpec } from '../spec/augmentation.ts';
import { Precision } from '../spec/precision.ts';
import { NormalizationSpec } from '../spec/recipe.ts';
import { DataSpec, RunSpec } from '../spec/run.ts';
import { Explained, ExplainMethod } from './explanations.ts';
import { ProbeSpec, ProbeValues } from './probes.ts';

export const TRAINER_VERSION = 2;

/** Both ends are our own processes: a batch of large images is one message. */
export const TRAINER_LIMIT_BYTES = 2 ** 30;

/** Steps are counted from 1: step n is the n-th, and what is told of step n is known after n steps. */
const step = z.int().min(0);
/** NaN and infinities are findings, not defects: z.number() would refuse them. */
const measured = z.custom<number>((value) => typeof value === 'number', 'must be a number');

export const RuntimePlace = z.object({
  bindingPath: z.string(),
  device: z.enum(['cpu', 'cuda']),
});

export const TrainJob = z.object({
  spec: RunSpec,
  /** Where checkpoints are written: `last.safetensors`, `best.safetensors`. */
  runFolder: z.string(),
  cacheFolder: z.string(),
  /** Continue from the folder's last checkpoint. */
  resume: z.boolean(),
  /** What this device is fastest in, where the recipe leaves it to the device. */
  fastest: Precision.optional(),
});

/**
 * Weights under PyTorch's names. A file that this app wrote says itself what network, input, classes
 * and normalization it belongs to; for any other the architecture must be given.
 */
const WeightsFrom = z.object({
  file: z.string(),
  architecture: ArchitectureSpec.optional(),
  /** What the library recorded when the file was written. */
  sha256: z.string().optional(),
});

export const EvaluateJob = z.object({
  weights: WeightsFrom,
  data: DataSpec,
  split: z.enum(['train', 'val', 'test']),
  batch: z.int().positive(),
  /** Undefined: the checkpoint's, or the data's own where the file has none. */
  normalization: NormalizationSpec.optional(),
  cacheFolder: z.string(),
  /** Undefined: as the checkpoint's recipe says. */
  testTimeFlip: z.boolean().optional(),
  /** Write what the network says of every example into this file; see main/data/split-outputs.ts. */
  outputs: z.string().optional(),
});

export const PredictJob = z.object({
  weights: WeightsFrom,
  batch: z.int().positive(),
  /** Undefined: as the checkpoint's recipe says. */
  testTimeFlip: z.boolean().optional(),
  input: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('images'),
      files: z.array(z.string()).min(1),
      /** Required where the weight file does not say it itself. */
      shape: z.object({ height: z.int(), width: z.int(), channels: z.int() }).optional(),
      normalization: NormalizationSpec.optional(),
    }),
    /** A safetensors file with `x` float32 [N, H, W, C], already normalized; `logits` go to `out`. */
    z.object({ kind: z.literal('tensor'), file: z.string(), out: z.string() }),
  ]),
});

/** An image file as it is, from whoever has it; the trainer may not be able to open it by name. */
export const SentImage = z.object({
  name: z.string().min(1).max(4096),
  bytes: z.instanceof(Uint8Array),
});

/** Classes for images, from a trainer that keeps the network: somebody waits for them. */
export const ClassifyJob = z.object({
  /** Of a file that this app wrote. */
  weights: WeightsFrom,
  images: z.array(SentImage).min(1),
});

export const ExplainJob = z.object({
  /** Of a file that this app wrote. */
  weights: WeightsFrom,
  image: SentImage,
  method: ExplainMethod,
});

/** What a trained network can be written as. `onnx` makes two files: logits, and probabilities of an image. */
export const EXPORT_FORMATS = ['onnx', 'pytorch', 'saved-model', 'tfjs'] as const;
export const ExportFormat = z.enum(EXPORT_FORMATS);

/** Writes a checkpoint of this app in other programs' formats. */
export const ExportJob = z.object({
  weights: WeightsFrom,
  formats: z.array(ExportFormat).min(1),
  /** An empty folder that exists. */
  folder: z.string(),
  cacheFolder: z.string(),
  appVersion: z.string(),
  /** Make one convolution of a convolution and the batch norm behind it, where the format allows it. */
  foldsBatchNorm: z.boolean(),
  /** So many images of the validation split go with it, with the logits that the app computes of them. */
  checkImages: z.int().min(0).max(1024),
});

/** Training images as the steps of a run would see them, as one PNG: a row for each image. */
export const AugmentJob = z.object({
  cacheFolder: z.string(),
  data: DataSpec,
  augmentation: AugmentationSpec,
  normalization: NormalizationSpec,
  seed: z.int().min(0),
  /** Images, one below the other. */
  images: z.int().min(2).max(64),
  /** Steps, beside the original. */
  rounds: z.int().min(1).max(64),
  out: z.string(),
});

/**
 * Rows of the training split as the steps of a run would see them. The trainer may be asked again and again:
 * TensorFlow is started once for all the settings that somebody tries.
 */
export const PreviewJob = z.object({
  cacheFolder: z.string(),
  data: DataSpec,
  /** What the data is known to be: an earlier opening of something else is not used. */
  fingerprint: z.string().optional(),
  augmentation: AugmentationSpec,
  normalization: NormalizationSpec,
  /** Of the run. */
  seed: z.int().min(0),
  /** Which images: another number draws others. */
  choice: z.int().min(0),
  /** So many, in one batch, so that mixing shows as in training. */
  images: z.int().min(1).max(64),
  /** Steps. */
  rounds: z.int().min(1).max(64),
});

/** A measurement of a network; see probes.ts. */
export const ProbeJob = z.object({
  probe: ProbeSpec,
  network: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('weights'), weights: WeightsFrom }),
    /** As a run starts: weights are a function of architecture, input, classes and seed. */
    z.object({
      kind: z.literal('initial'),
      architecture: ArchitectureSpec,
      normalization: NormalizationSpec,
    }),
  ]),
  /** The network that is compared with. */
  other: WeightsFrom.optional(),
  /** Of the run. */
  seed: z.int().min(0),
  data: DataSpec,
  cacheFolder: z.string(),
});

/** Per channel, and whose mean image is subtracted besides, if one is; weight files hold it. */
export const NormalizationFacts = z.object({
  mean: z.array(z.number()),
  deviation: z.array(z.number()),
  meanImageSha256: z.string().optional(),
});

/** Facts about the opened data, to be stored with the run. */
export const DataFacts = z.object({
  name: z.string(),
  fingerprint: z.string(),
  input: z.object({ height: z.int(), width: z.int(), channels: z.int() }),
  classes: z.array(z.string()),
  counts: z.object({ train: z.int(), val: z.int(), test: z.int() }),
  problems: z.int(),
  residency: z.enum(['resident', 'streamed']),
  normalization: NormalizationFacts,
});

export const PreparedFacts = z.object({
  tensorflow: z.string(),
  tfjs: z.string(),
  node: z.string(),
  device: z.enum(['cpu', 'cuda']),
  /** What is computed in; trainers of before knew only float32. */
  precision: Precision.optional(),
  parameters: z.int(),
  graphNodes: z.int(),
  recordMs: z.number(),
  totalSteps: z.int(),
  stepsPerEpoch: z.number(),
  /** Of a run whose length is told in epochs; and how many examples only fill up its last batch. */
  epochs: z.number().optional(),
  fillingExamples: z.int().optional(),
  /** Steps that lie behind it: 0, or the checkpoint's. */
  firstStep: step,
  /** Training time that lies behind it, the checkpoint's; trainers of before said nothing. */
  elapsedMs: z.number().optional(),
  /** Units in depth order and convolutions: labels of the vector series. */
  units: z.array(z.string()),
  convolutions: z.array(z.string()),
  /** Where the run starts from weights of another: which tensors of the file were taken. */
  start: z
    .object({
      file: z.string(),
      taken: z.int(),
      /** Names of tensors in the file that stayed there, and of weights that start anew. */
      left: z.array(z.string()),
      fresh: z.array(z.string()),
    })
    .optional(),
  /** Units that are not trained, and how many of `parameters` they hold. */
  frozen: z.object({ units: z.array(z.string()), parameters: z.int() }).optional(),
});

/** Points of one series: values are row-major [steps.length, width]. */
export const SeriesPoints = z.object({
  name: z.string(),
  width: z.int().positive(),
  unit: z.string(),
  labels: z.array(z.string()).optional(),
  steps: z.array(step),
  /** Milliseconds of training time since the run began, pauses excluded. */
  elapsedMs: z.array(z.number()),
  values: z.instanceof(Float32Array),
});

export const CheckpointFacts = z.object({
  role: z.enum(['last', 'best']),
  step,
  file: z.string(),
  sizeBytes: z.int(),
  sha256: z.string(),
});

/** Weights kept besides `last` and `best`, as they were evaluated. */
export const KeptFacts = z.object({
  step,
  /** In the run's folder. */
  file: z.string(),
  sizeBytes: z.int(),
  sha256: z.string(),
  /** On the validation split; null where there is none, or where it is not finite. */
  accuracy: z.number().nullable(),
  loss: z.number().nullable(),
  /** Because it is among the best, because of its epoch. */
  isBest: z.boolean(),
  isPeriodic: z.boolean(),
});

const Evaluated = z.object({
  step,
  split: z.enum(['train', 'val', 'test']),
  examples: z.int(),
  /** Mean cross-entropy, or of an autoencoder the negative evidence lower bound, in nats. */
  loss: measured,
});

export const ClassifierEvaluation = Evaluated.extend({
  accuracy: z.number(),
  top5: z.number(),
  /** Examples whose logits are not finite: no prediction, so wrong. Counted where `classes` are. */
  notFinite: z.int().optional(),
  /** Per class: examples and hits. */
  classes: z.array(z.object({ name: z.string(), examples: z.int(), correct: z.int() })).optional(),
});

/** Means in nats: −log p(x | z), and KL(q(z | x) ‖ N(0, 1)); the loss is their sum. */
export const AutoencoderEvaluation = Evaluated.extend({
  elbo: z.object({ reconstruction: measured, divergence: measured }),
});

/** Told apart by what they hold: `'elbo' in facts`. */
export const EvaluationFacts = z.union([ClassifierEvaluation, AutoencoderEvaluation]);

/** Which examples of a split are taken for what. */
export const MistakeFacts = z.object({
  classes: z.array(z.string()),
  examples: z.int(),
  /** Examples whose logits are not finite: no prediction, so in neither of the following. */
  notFinite: z.int().optional(),
  /** [classes, classes] row-major: rows are labels, columns predictions. */
  confusion: z.array(z.int()),
  /** Largest loss first, at most 1000, wrong ones only. */
  worst: z.array(
    z.object({
      index: z.int(),
      source: z.string(),
      label: z.int(),
      predicted: z.int(),
      /** Softmax probability of the prediction and of the label. */
      confidence: measured,
      labelProbability: measured,
      loss: measured,
    }),
  ),
});

export const Prediction = z.object({
  file: z.string(),
  /** Of a damaged file that was accepted, as a part of a sentence: `is cut off: 80 % of the picture is there`. */
  damage: z.string().optional(),
  /** There is no prediction: the network's logits for it are NaN or infinite. */
  notFinite: z.boolean().optional(),
  /** Classes from most to least likely, at most five. */
  classes: z.array(z.object({ name: z.string(), probability: z.number() })),
});

export const ExportFacts = z.object({
  /** Relative to the folder. */
  files: z.array(z.object({ file: z.string(), sizeBytes: z.int() })),
  network: z.string(),
  step,
  /** Images in `check/`. */
  checkImages: z.int(),
  /** Why there are none: the data is not there any more. */
  unchecked: z.string().optional(),
});

const Alive = z.object({ kind: z.literal('alive') });
const Preparing = z.object({
  kind: z.literal('preparing'),
  message: z.string(),
  fraction: z.number().min(0).max(1).optional(),
});

/** What every job tells. */
export const JobEvent = z.discriminatedUnion('kind', [
  /** Once a second, whenever the trainer's loop turns. */
  Alive,
  /** Something that takes longer than a second. */
  Preparing,
]);

export const TrainEvent = z.discriminatedUnion('kind', [
  Alive,
  Preparing,
  z.object({ kind: z.literal('data'), facts: DataFacts }),
  z.object({ kind: z.literal('prepared'), facts: PreparedFacts }),
  z.object({ kind: z.literal('points'), series: z.array(SeriesPoints) }),
  z.object({
    kind: z.literal('progress'),
    step,
    totalSteps: z.int(),
    epoch: z.number(),
    rate: z.number(),
    imagesPerSecond: measured,
    elapsedMs: z.number(),
    remainingMs: measured,
  }),
  z.object({ kind: z.literal('evaluation'), facts: EvaluationFacts }),
  z.object({ kind: z.literal('checkpoint'), facts: CheckpointFacts }),
  /** All that are kept now. */
  z.object({ kind: z.literal('kept'), checkpoints: z.array(KeptFacts) }),
  z.object({
    kind: z.literal('mistakes'),
    facts: MistakeFacts,
    /** What it says of every example, of the same pass, for the host to move; see main/data/split-outputs.ts. */
    outputs: z.string().optional(),
  }),
]);

export const TrainResult = z.object({
  /** `stopped` if it was asked to; it can be resumed then. */
  outcome: z.enum(['finished', 'stopped']),
  /** It finished before its last step, as its recipe wanted. */
  stoppedEarly: z.boolean(),
  step,
  elapsedMs: z.number(),
  peakMemoryBytes: z.number(),
});

export const EvaluateResult = z.object({
  evaluation: EvaluationFacts,
});

/** Classes for images, and the files that are no images that can be read, with the reason. */
export const Classified = z.object({
  predictions: z.array(Prediction),
  failed: z.array(z.object({ file: z.string(), error: ErrorDocument })),
});

export const PredictResult = z.discriminatedUnion('kind', [
  Classified.extend({ kind: z.literal('predictions') }),
  /** They are in the file that was asked for. */
  z.object({
    kind: z.literal('logits'),
    examples: z.int(),
    /** Rows whose logits are NaN or infinite. */
    notFinite: z.int(),
  }),
]);

export const ProbeResult = z.object({ dataFingerprint: z.string(), values: ProbeValues });

export const PreviewResult = z.object({
  shape: z.object({ height: z.int(), width: z.int(), channels: z.int() }),
  /** [1 + rounds, images, H, W, C]: the originals first. */
  pixels: z.instanceof(Uint8Array),
});

/** TensorFlow is loaded before the first job of a process, from where the first says. */
const withRuntime = <J extends z.ZodType>(work: J) =>
  z.object({ runtime: RuntimePlace, job: work });

export const trainerContract = {
  train: job(withRuntime(TrainJob), TrainEvent, TrainResult),
  evaluate: job(withRuntime(EvaluateJob), JobEvent, EvaluateResult),
  probe: job(withRuntime(ProbeJob), JobEvent, ProbeResult),
  export: job(withRuntime(ExportJob), JobEvent, ExportFacts),
  predict: job(withRuntime(PredictJob), JobEvent, PredictResult),
  classify: job(withRuntime(ClassifyJob), JobEvent, Classified),
  explain: job(withRuntime(ExplainJob), JobEvent, Explained),
  augment: job(withRuntime(AugmentJob), JobEvent, z.object({})),
  preview: job(withRuntime(PreviewJob), JobEvent, PreviewResult),
} as const;

export type TrainerContract = typeof trainerContract;
export type RuntimePlace = z.output<typeof RuntimePlace>;
export type TrainJob = z.output<typeof TrainJob>;
export type AugmentJob = z.output<typeof AugmentJob>;
export type PreviewJob = z.output<typeof PreviewJob>;
export type EvaluateJob = z.output<typeof EvaluateJob>;
export type PredictJob = z.output<typeof PredictJob>;
export type ClassifyJob = z.output<typeof ClassifyJob>;
export type ExplainJob = z.output<typeof ExplainJob>;
export type SentImage = z.output<typeof SentImage>;
export type Classified = z.output<typeof Classified>;
export type ProbeJob = z.output<typeof ProbeJob>;
export type ExportJob = z.output<typeof ExportJob>;
export type ExportFormat = z.output<typeof ExportFormat>;
export type ExportFacts = z.output<typeof ExportFacts>;
export type ProbeResult = z.output<typeof ProbeResult>;
export type WeightsFrom = z.output<typeof WeightsFrom>;
export type TrainEvent = z.output<typeof TrainEvent>;
export type TrainResult = z.output<typeof TrainResult>;
export type EvaluateResult = z.output<typeof EvaluateResult>;
export type PredictResult = z.output<typeof PredictResult>;
export type PreviewResult = z.output<typeof PreviewResult>;
export type DataFacts = z.output<typeof DataFacts>;
export type PreparedFacts = z.output<typeof PreparedFacts>;
export type SeriesPoints = z.output<typeof SeriesPoints>;
export type CheckpointFacts = z.output<typeof CheckpointFacts>;
export type KeptFacts = z.output<typeof KeptFacts>;
export type ClassifierEvaluation = z.output<typeof ClassifierEvaluation>;
export type EvaluationFacts = z.output<typeof EvaluationFacts>;
export type MistakeFacts = z.output<typeof MistakeFacts>;
export type Prediction = z.output<typeof Prediction>;
