// Whether the weights that a run is to start from fit its network: looked up in the file's header, before
// a run is made.
import type { RunSpec } from '../../shared/spec/run.ts';
import { openIntact } from '../data/sealed-tensor-file.ts';
import type { Library } from '../store/library.ts';
import { buildPlan } from '../zoo/build-plan.ts';
import { weightsOf } from '../zoo/parameters.ts';
import { matchWeights } from '../zoo/weight-match.ts';
import { recordedSha256 } from './checkpoint-choice.ts';
import type { DatasetOutline } from './dataset-outline.ts';

/** @throws inputError `weights-mismatch`, failure `damaged-checkpoint`, or what is wrong with the file */
export async function checkStartingWeights(
  library: Library,
  spec: RunSpec,
  { input, classes }: Pick<DatasetOutline, 'input' | 'classes'>,
): Promise<void> {
  if (spec.weights === undefined) return;
  const plan = buildPlan(spec.architecture, { input, classes: classes.length });
  const source = await openIntact(spec.weights, recordedSha256(library, spec.weights));
  try {
    const newHead = spec.newHead ?? false;
    matchWeights(spec.weights, source.tensors, weightsOf(plan), { newHead, averaged: true });
  } finally {
    await source.close();
  }
}
