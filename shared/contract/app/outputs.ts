// What the best checkpoint of a run says of every validation image: how far its confidence can be trusted, what a
// threshold finds, which images a cell of the confusion matrix holds.
import { z } from 'zod';
import { query } from '../../rpc/definition.ts';

const Reliability = z.object({
  bins: z.array(
    z.object({
      from: z.number(),
      to: z.number(),
      count: z.int(),
      confidence: z.number().nullable(),
      accuracy: z.number().nullable(),
    }),
  ),
  expectedError: z.number(),
  maximumError: z.number(),
  nll: z.number(),
  accuracy: z.number(),
  confidence: z.number(),
});

const ThresholdPoint = z.object({
  threshold: z.number(),
  precision: z.number(),
  recall: z.number(),
  found: z.int(),
});

const OfRun = z.object({ id: z.string().min(1) });

export const CalibrationReport = z.object({
  /** Steps of training that the judged checkpoint has behind it. */
  step: z.int(),
  classes: z.array(z.string()),
  examples: z.int(),
  notFinite: z.int(),
  temperature: z.number(),
  /** False where no temperature is best: every example is right. */
  isOptimum: z.boolean(),
  before: Reliability,
  after: Reliability,
});

export const ClassThresholds = z.object({
  positives: z.int(),
  examples: z.int(),
  /** Thresholds falling; thinned for drawing, the figures below are of all. */
  points: z.array(ThresholdPoint),
  averagePrecision: z.number().nullable(),
  best: ThresholdPoint.extend({ f1: z.number() }).nullable(),
});

/** An image of the validation split with what the network says of it. */
export const JudgedImage = z.object({
  index: z.int(),
  source: z.string(),
  label: z.int(),
  predicted: z.int(),
  /** Softmax probability of the prediction and of the label. */
  confidence: z.number(),
  labelProbability: z.number(),
});

/** A piece of what the network computes before its last layer, for a map of the images. */
const MapPiece = z.object({
  step: z.int(),
  classes: z.array(z.string()),
  /** Images of the whole split. */
  examples: z.int(),
  /** Images of all pieces; an even choice where the split has very many. */
  count: z.int(),
  /** Features of an image. */
  width: z.int(),
  /** From the asked one on, as many as fit a message. */
  images: z.array(JudgedImage),
  /** float32 [images, width], little-endian. */
  features: z.instanceof(Uint8Array),
});

export const outputs = {
  /** Evaluates the best checkpoint if that has not been done; null while training has none, or no validation. */
  'outputs.calibration': query(OfRun, z.object({ calibration: CalibrationReport.nullable() })),
  /** One class against the rest, at the fitted temperature or as it is. Null as above. */
  'outputs.thresholds': query(
    OfRun.extend({ label: z.int().min(0), temperature: z.number().positive().default(1) }),
    z.object({ thresholds: ClassThresholds.nullable() }),
  ),
  /** Images of one label that are taken for one class, least sure of their label first. Null as above. */
  'outputs.cell': query(
    OfRun.extend({
      label: z.int().min(0),
      predicted: z.int().min(0),
      limit: z.int().min(1).max(1000).default(400),
    }),
    z.object({ cell: z.object({ count: z.int(), images: z.array(JudgedImage) }).nullable() }),
  ),
  /** Images whose logits are not finite are left out. Null as above. */
  'outputs.map': query(
    OfRun.extend({ from: z.int().min(0) }),
    z.object({ map: MapPiece.nullable() }),
  ),
} as const;

export type CalibrationReport = z.output<typeof CalibrationReport>;
export type ClassThresholds = z.output<typeof ClassThresholds>;
export type JudgedImage = z.output<typeof JudgedImage>;
