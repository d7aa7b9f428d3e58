// The network that a weight file belongs to: from the file itself if this app wrote it, else from the
// architecture that came with the request.
import { inputError } from '../../shared/errors.ts';
import type { WeightsFrom } from '../../shared/contract/trainer.ts';
import type { ArchitectureSpec } from '../../shared/spec/architecture.ts';
import { openTensorFile } from '../data/tensor-file.ts';
import type { Normalization } from '../engine/ops/input.ts';
import { parseState, readNormalization, type CheckpointState } from './checkpoint.ts';

export interface WeightSource {
  readonly file: string;
  readonly architecture: ArchitectureSpec;
  /** Rows of the last layer. */
  readonly classCount: number;
  /** Undefined for a file from elsewhere. */
  readonly state: CheckpointState | undefined;
  /** What its images were normalized with; undefined for a file from elsewhere. */
  readonly normalization: Normalization | undefined;
}

export async function openWeightSource({ file, architecture }: WeightsFrom): Promise<WeightSource> {
  const source = await openTensorFile(file);
  try {
    const isOurs = source.metadata['resnet-lab'] !== undefined;
    const state = isOurs ? parseState(file, source.metadata) : undefined;
    const spec = architecture ?? state?.spec.architecture;
    if (!spec) {
      throw inputError(
        'no-architecture',
        `${file} does not say which network it belongs to; name one with --arch.`,
        { path: file },
      );
    }
    const name = source.tensors.has('module.fc.weight') ? 'module.fc.weight' : 'fc.weight';
    const [classCount = 0] = source.getTensor(name).shape;
    const normalization = state === undefined ? undefined : await readNormalization(file, state);
    return { file, architecture: spec, classCount, state, normalization };
  } finally {
    await source.close();
  }
}
