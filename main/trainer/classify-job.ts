// Classes for images that somebody shows a network. The networks that were asked last stay recorded, so that
// only the first answer of a process takes seconds.
import { stat } from 'node:fs/promises';
import type {
  ClassifyJob,
  Classified,
  SentImage,
  WeightsFrom,
} from '../../shared/contract/trainer.ts';
import { weightsOf, sizeOf } from '../zoo/parameters.ts';
import { buildPlan } from '../zoo/build-plan.ts';
import { classifyImages, type ImageRoad, type ImageSource } from './image-classes.ts';
import { expectedInput, flippable, Inference, type FlippableSource } from './inference.ts';
import { KeptPrograms } from './kept-programs.ts';
import { openClassifier } from './weight-source.ts';

/** One image is answered without the work for others; many are answered together. */
const BATCH = 16;

export interface ShownNetwork extends ImageRoad {
  /** Of the checkpoint; other programs of the same network are kept under names that begin with it. */
  readonly key: string;
  readonly source: FlippableSource;
  readonly classes: readonly string[] | undefined;
  /** Of its weights. */
  readonly bytes: number;
}

export const kept = new KeptPrograms();
/** Of checkpoints that were read and found whole, the last few. */
const MOST_KNOWN = 32;
const known = new Map<string, ShownNetwork>();

export async function runClassifyJob({ weights, images }: ClassifyJob): Promise<Classified> {
  const shown = await openShown(weights);
  const inference = await inferenceOf(shown, images.length === 1 ? 1 : BATCH);
  return await classifyImages(inference, images.map(sentImage), shown);
}

/** @throws failure `damaged-checkpoint`, inputError `no-input-description` */
export async function openShown(weights: WeightsFrom): Promise<ShownNetwork> {
  const { mtimeMs, size } = await stat(weights.file);
  const key = JSON.stringify([weights, mtimeMs, size]);
  const before = known.get(key);
  if (before !== undefined) return before;
  const source = flippable(await openClassifier(weights, 'Trying images'));
  const expected = expectedInput(source);
  const plan = buildPlan(source.architecture, {
    input: expected.input,
    classes: source.classCount,
  });
  const shown: ShownNetwork = {
    ...{ key, source, ...expected },
    reading: source.state?.spec.data ?? {},
    classes: source.state?.classes,
    bytes: weightsOf(plan).reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0),
  };
  known.set(key, shown);
  const [oldest] = known.keys();
  if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest);
  return shown;
}

export function inferenceOf(shown: ShownNetwork, batch: number): Promise<Inference> {
  return kept.get(`${shown.key} inference ${batch}`, async () => ({
    program: await Inference.open(shown.source, { input: shown.input, batch }),
    bytes: shown.bytes,
  }));
}

export function sentImage({ name, bytes }: SentImage): ImageSource {
  return {
    name,
    read: () => Promise.resolve(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)),
  };
}
