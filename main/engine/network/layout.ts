// Weight layouts: PyTorch's files hold OIHW kernels and [out, in] matrices, TensorFlow computes with
// HWIO kernels and [in, out] matrices. Both directions are exact permutations.
import { sizeOf, type Weight } from '../../zoo/parameters.ts';

/** From a PyTorch-layout array to the engine's. */
export function fromFileLayout(weight: Weight, values: Float32Array): Float32Array {
  return permute(weight, values, 'from-file');
}

/** From the engine's array to PyTorch's layout. */
export function toFileLayout(weight: Weight, values: Float32Array): Float32Array {
  return permute(weight, values, 'to-file');
}

function permute(
  weight: Weight,
  values: Float32Array,
  direction: 'from-file' | 'to-file',
): Float32Array {
  if (values.length !== sizeOf(weight.shape)) {
    throw new Error(`${weight.name} has ${sizeOf(weight.shape)} values, not ${values.length}.`);
  }
  // Both layouts are [outer, inner, places] and [places, inner, outer]; a matrix has one place.
  const [outer = 1, inner = 1, height = 1, width = 1] = weight.fileShape;
  if (weight.fileShape.length === 1) return values.slice();
  const places = height * width;
  const result = new Float32Array(values.length);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      for (let p = 0; p < places; p++) {
        const inFile = (o * inner + i) * places + p;
        const inEngine = (p * inner + i) * outer + o;
        if (direction === 'from-file') result[inEngine] = values[inFile] ?? 0;
        else result[inFile] = values[inEngine] ?? 0;
      }
    }
  }
  return result;
}
