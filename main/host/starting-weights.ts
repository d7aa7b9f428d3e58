// Whether the weights that a run is to start from fit its network: looked up in the file's header, before
// a run is made.
import type { RunSpec } from '../../shared/spec/run.ts';
import { openTensorFile } from '../data/tensor-file.ts';
import { buildPlan } from '../zoo/build-plan.ts';
import { weightsOf } from '../zoo/parameters.ts';
import { matchWeights } from '../zoo/weight-match.ts';
import type { DatasetOutline } from './datasets.ts';

/** @throws inputError `weights-mismatch`, or what is wrong with the file */
export async function checkStartingWeights(
  spec: RunSpec,
  { input, classes }: Pick<DatasetOutline, 'input' | 'classes'>,
): Promise<void> {
  if (spec.weights === undefined) return;
  const plan = buildPlan(spec.architecture, { input, classes: classes.length });
  const source = await openTensorFile(spec.weights);
  try {
    const newHead = spec.newHead ?? false;
    matchWeights(spec.weights, source.tensors, weightsOf(plan), { newHead, averaged: true });
  } finally {
    await source.close();
  }
}
