// The only importer of @tensorflow/*: loads TensorFlow.js with its native addon and hands out typed
// access to the parts below its public API. Import it only after `prepareProcess` (main/runtime)
// has told where the native library lies; it loads when this module is evaluated, once a process.
import { createRequire } from 'node:module';
import type * as TensorFlow from '@tensorflow/tfjs-node-gpu';
import type { NativeBinding, NativeTensor } from './binding.ts';
import type { ProtoClasses } from './proto.ts';

export type { Rank, Tensor } from '@tensorflow/tfjs-node-gpu';

/** What tfjs-node's backend has but does not declare as public. */
interface NodeBackend {
  binding: NativeBinding;
  getInputTensorIds(tensors: readonly TensorFlow.Tensor[]): number[];
  createOutputTensor(metadata: NativeTensor): TensorFlow.Tensor;
}

const require = createRequire(import.meta.url);

export const tf = require('@tensorflow/tfjs-node-gpu') as typeof TensorFlow;
export const proto = require('@tensorflow/tfjs-node-gpu/dist/proto/api_pb') as ProtoClasses;

const backend = tf.backend() as unknown as NodeBackend;

/** The addon itself, never the recorder that may stand in its place. */
export const binding: NativeBinding = backend.binding;

/** The native handle behind a tensor (uploads its values when that was delayed). */
export function handleOf(tensor: TensorFlow.Tensor): number {
  const [handle] = backend.getInputTensorIds([tensor]);
  if (handle === undefined) throw new Error('A tensor has no native handle.');
  return handle;
}

/** Makes a tfjs tensor that owns the handle. A uint8 handle looks like int32 from the outside. */
export function tensorFrom(native: NativeTensor): TensorFlow.Tensor {
  return backend.createOutputTensor(native);
}

/** The binding that ops run through at this moment: the addon, or a recorder. */
export function currentBinding(): NativeBinding {
  return backend.binding;
}

/** Runs `body` with `stand-in` receiving every native call that tfjs makes. */
export function withBinding<T>(standIn: NativeBinding, body: () => T): T {
  const previous = backend.binding;
  backend.binding = standIn;
  try {
    return body();
  } finally {
    backend.binding = previous;
  }
}

/** Counts of what is alive natively, for leak checks. */
export function aliveCounts(): { tensors: number; sessions: number } {
  return { tensors: binding.getNumOfTensors(), sessions: binding.getNumOfSavedModels() };
}

export interface LibraryFacts {
  readonly tensorflow: string;
  readonly tfjs: string;
  readonly usesGpu: boolean;
}

export function libraryFacts(): LibraryFacts {
  return {
    tensorflow: binding.TF_Version,
    tfjs: tf.version['tfjs-node'],
    usesGpu: binding.isUsingGpuDevice(),
  };
}
