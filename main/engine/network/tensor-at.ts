// One of several tensors, which must be there.
import type { Tensor } from '../tensorflow/library.ts';

/** @throws a defect if there are fewer */
export function tensorAt(tensors: readonly Tensor[], index: number): Tensor {
  const tensor = tensors[index];
  if (!tensor) throw new Error(`There is no tensor ${index}.`);
  return tensor;
}
