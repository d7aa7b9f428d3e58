// What a checkpoint knows besides its tensors: JSON under the metadata key `resnet-lab` of a safetensors
// file. Every field has limits, because the file may come from anywhere.
import { z } from 'zod';
import { parseBoundedJson } from '../bounded-json.ts';
import { inputError, failure } from '../errors.ts';
import { Precision } from '../spec/precision.ts';
import { RunSpec } from '../spec/run.ts';
import { KeptFacts, NormalizationFacts } from './trainer.ts';

export const STATE_KEY = 'resnet-lab';

/** Steps are int32 in series and in the graph. */
const step = z.int().min(0).max(2_147_483_647);
const side = z.int().min(1).max(65_536);
const fraction = z.number().min(0).max(1);

/** A kept file is in the run's folder, under the name that this app gives it. */
const keptFile = KeptFacts.shape.file.regex(/^step-\d{1,12}\.safetensors$/);

/** The scale of the next step, good steps since it changed, steps skipped since the optimizer's slots were zero. */
export const LossScaleState = z.object({
  scale: z
    .number()
    .positive()
    .max(2 ** 32),
  goodSteps: step,
  skipped: step,
});

export const CheckpointState = z
  .object({
    format: z.literal(2),
    /** The run that wrote it; checkpoints of earlier versions do not say. */
    run: z.string().max(64).optional(),
    /** Steps done. */
    step,
    totalSteps: step,
    elapsedMs: z.number().min(0).max(1e15),
    /**
     * The best evaluation so far and the steps before it; earlier versions do not know its loss, an autoencoder
     * has no accuracy.
     */
    best: z.object({ accuracy: fraction.nullable(), loss: z.number().nullish(), step }).nullable(),
    /** What early stopping waits to be bettered, and for how many evaluations it has waited. */
    patience: z.object({ reference: z.number().nullable(), waited: z.int().min(0) }).optional(),
    /** Weights kept besides `last` and `best`. */
    kept: z
      .array(KeptFacts.extend({ file: keptFile }))
      .max(100_000)
      .default([]),
    /** Nothing is left to train: it stopped early, or reached its last step. */
    ended: z.boolean().default(false),
    /** The step at which the optimizer's slots were zero last; 0 unless a run went on without them. */
    slotsSince: step.optional(),
    /** What it was trained in; left out: float32. The spec may leave that to the device. */
    precision: Precision.optional(),
    /** Of a training in float16. */
    lossScale: LossScaleState.optional(),
    spec: RunSpec,
    input: z.object({ height: side, width: side, channels: side }),
    classes: z.array(z.string().max(10_000)).max(1_000_000),
    dataFingerprint: z.string().max(200),
    normalization: NormalizationFacts,
  })
  .refine((state) => state.step <= state.totalSteps, {
    path: ['step'],
    message: 'more steps are done than the run has',
  });

export type LossScaleState = z.output<typeof LossScaleState>;
export type CheckpointState = z.output<typeof CheckpointState>;

/**
 * @throws inputError `not-a-checkpoint` for a file without training state; failure `damaged-checkpoint`
 * for one whose state makes no sense
 */
export function parseCheckpointState(
  file: string,
  metadata: Readonly<Record<string, string>>,
): CheckpointState {
  const text = metadata[STATE_KEY];
  if (text === undefined) {
    throw inputError(
      'not-a-checkpoint',
      `${file} holds weights but no training state, so a run cannot go on from it; start a new run with --weights instead.`,
      { path: file },
    );
  }
  let document: unknown;
  try {
    document = parseBoundedJson(text);
  } catch (cause) {
    throw badState(file, 'it is not JSON', cause);
  }
  const parsed = CheckpointState.safeParse(upgraded(document));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
  throw badState(file, `${where}${issue?.message ?? 'it has another form'}`, parsed.error);
}

const FirstFormat = z.looseObject({
  format: z.literal(1),
  best: z.looseObject({ step: z.int() }).nullable(),
});

/** The first format counted the steps of evaluations from 0, and those of checkpoints from 1. */
function upgraded(document: unknown): unknown {
  const first = FirstFormat.safeParse(document);
  if (!first.success) return document;
  const { best } = first.data;
  return { ...first.data, format: 2, best: best && { ...best, step: best.step + 1 } };
}

function badState(file: string, why: string, cause: unknown): Error {
  return failure(
    'damaged-checkpoint',
    `The training state in ${file} is damaged, or of another version of ResNet Lab (${why}). Take another checkpoint of the run, or a copy of this file.`,
    { path: file, details: { problem: why }, cause },
  );
}
