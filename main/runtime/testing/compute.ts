// A process of its own for the native test: prepares itself as a trainer does, then multiplies two
// matrices with tfjs-node-gpu and prints the product as JSON.
import { createRequire } from 'node:module';
import { prepareProcess } from '../load.ts';
import { steeringVariables } from '../load-environment.ts';
import { TFJS_PACKAGE } from '../packages.ts';
import type { Runtime } from '../runtime.ts';

interface Tensor {
  dataSync(): Float32Array;
}

/** Only what is used here: main/runtime does not depend on tfjs. */
interface Tensorflow {
  tensor2d(values: readonly (readonly number[])[]): Tensor;
  matMul(a: Tensor, b: Tensor): Tensor;
  backend(): { readonly binding: { readonly TF_Version: string } };
  getBackend(): string;
}

const runtime = JSON.parse(process.argv[2] ?? '') as Runtime;
prepareProcess(runtime);
const tf = createRequire(import.meta.url)(TFJS_PACKAGE) as Tensorflow;
const product = tf.matMul(
  tf.tensor2d([
    [1, 2],
    [3, 4],
  ]),
  tf.tensor2d([
    [5, 6],
    [7, 8],
  ]),
);
process.stdout.write(
  JSON.stringify({
    backend: tf.getBackend(),
    product: [...product.dataSync()],
    tensorflowVersion: tf.backend().binding.TF_Version,
    steering: steeringVariables(),
  }),
);
