// Where things lie inside a staged runtime, and what TensorFlow's libraries are called per platform
// and origin. No file access: names and paths only.
import path from 'node:path';

/** The binding is Node-API 8: one build serves Node 20, 24 and Electron. */
export const BINDING_FILE = path.join('lib', 'napi-v8', 'tfjs_binding.node');
export const LIBRARY_FOLDER = path.join('deps', 'lib');
/** The CUDA packages keep the wheel's layout beside the library folder; see `cuda-packages.ts`. */
export const CUDA_FOLDER = path.join('deps', 'nvidia');
export const RECORD_FILE = 'runtime.json';

/**
 * The libraries of a Python wheel (`tensorflow/…`), or undefined where it has none to link against:
 * on Windows everything is inside a Python extension that exports only part of the C API.
 */
export function wheelLibraries(platform: NodeJS.Platform): readonly string[] | undefined {
  if (platform === 'linux') return ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];
  if (platform === 'darwin') {
    return ['libtensorflow_cc.2.dylib', 'libtensorflow_framework.2.dylib'];
  }
  return undefined;
}

/** The libraries of a libtensorflow archive (`lib/…`). */
export function archiveLibraries(platform: NodeJS.Platform): readonly string[] {
  if (platform === 'win32') return ['tensorflow.dll'];
  if (platform === 'darwin') return ['libtensorflow.2.dylib', 'libtensorflow_framework.2.dylib'];
  return ['libtensorflow.so.2', 'libtensorflow_framework.so.2'];
}
