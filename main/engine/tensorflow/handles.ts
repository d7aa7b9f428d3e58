// Typed arrays ↔ native handles, for feeding and fetching without tfjs tensors.
import { isAdoptable } from './adopted-bytes.ts';
import { binding, tensorFrom, type Tensor } from './library.ts';
import { TYPE_NUMBER, type ElementType, type TensorValues } from './binding.ts';

/**
 * Copies values into a native tensor and returns its handle; the caller deletes it.
 *
 * TensorFlow adopts memory that happens to be 64-byte aligned instead of copying it, and would then
 * release the JavaScript reference from one of its own threads once a variable drops it. So the
 * bytes are handed over at an address that is never aligned, which makes TensorFlow copy them.
 * The exception is memory that was made to be adopted (adopted-bytes.ts): data of a session that is written once
 * and dropped with the session, on this thread.
 */
export function createHandle(
  type: ElementType,
  shape: readonly number[],
  values: TensorValues,
): number {
  const elements = shape.reduce((product, size) => product * size, 1);
  if (values.length !== elements) {
    throw new Error(
      `A tensor of shape [${shape.join(', ')}] needs ${elements} values, not ${values.length}.`,
    );
  }
  const given = isAdoptable(values) ? values : unaligned(values);
  return binding.createTensor(shape, TYPE_NUMBER[type], given);
}

/** As `createHandle`, but owned by a tfjs tensor. */
export function createTensor(
  type: ElementType,
  shape: readonly number[],
  values: TensorValues,
): Tensor {
  const id = createHandle(type, shape, values);
  return tensorFrom({ id, shape: [...shape], dtype: TYPE_NUMBER[type] });
}

export function deleteHandle(handle: number): void {
  binding.deleteTensor(handle);
}

function unaligned(values: TensorValues): TensorValues {
  const buffer = new ArrayBuffer(values.byteLength + 4);
  const copy = new Uint8Array(buffer, 4);
  copy.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  if (values instanceof Float32Array) return new Float32Array(buffer, 4);
  if (values instanceof Int32Array) return new Int32Array(buffer, 4);
  return copy;
}
