// The network that a weight file belongs to: from the file itself if this app wrote it, else from the
// architecture that came with the request.
import { inputError } from '../../shared/errors.ts';
import type { WeightsFrom } from '../../shared/contract/trainer.ts';
import type { Precision } from '../../shared/spec/precision.ts';
import type { ArchitectureSpec } from '../../shared/spec/architecture.ts';
import { isAutoencoder, needsClassifier } from '../../shared/spec/autoencoder.ts';
import {
  parseCheckpointState,
  STATE_KEY,
  type CheckpointState,
} from '../../shared/contract/checkpoint-state.ts';
import { plainName } from '../zoo/weight-match.ts';
import { openIntact } from '../data/sealed-tensor-file.ts';
import type { Normalization } from '../engine/ops/input.ts';
import { readNormalization } from './checkpoint.ts';

export interface WeightSource {
  readonly file: string;
  readonly architecture: ArchitectureSpec;
  /** Rows of the last layer; of an encoder twice the latent numbers. */
  readonly classCount: number;
  /** Undefined for a file from elsewhere. */
  readonly state: CheckpointState | undefined;
  /** What it was trained in; float32 for a file from elsewhere. */
  readonly precision: Precision;
  /** What its images were normalized with; undefined for a file from elsewhere. */
  readonly normalization: Normalization | undefined;
}

/**
 * Of a network that names classes.
 * @param what what needs it, as a subject: `An export`
 * @throws inputError `not-a-classifier`, and as `openWeightSource`
 */
export async function openClassifier(from: WeightsFrom, what: string): Promise<WeightSource> {
  const source = await openWeightSource(from);
  if (isAutoencoder(source.architecture)) throw needsClassifier(source.architecture.name, what);
  return source;
}

/** @throws failure `damaged-checkpoint`, or what is wrong with the file */
export async function openWeightSource({
  file,
  architecture,
  sha256,
}: WeightsFrom): Promise<WeightSource> {
  const source = await openIntact(file, sha256);
  try {
    const isOurs = source.metadata[STATE_KEY] !== undefined;
    const state = isOurs ? parseCheckpointState(file, source.metadata) : undefined;
    const spec = architecture ?? state?.spec.architecture;
    if (!spec) {
      throw inputError(
        'no-architecture',
        `${file} does not say which network it belongs to; name one with --arch.`,
        { path: file },
      );
    }
    const head = [...source.tensors.keys()].find((name) => plainName(name) === 'fc.weight');
    const [classCount = 0] = source.getTensor(head ?? 'fc.weight').shape;
    const normalization = state === undefined ? undefined : await readNormalization(file, state);
    const precision = state?.precision ?? 'float32';
    return { file, architecture: spec, classCount, state, precision, normalization };
  } finally {
    await source.close();
  }
}
