// Before the native tests: stage the TensorFlow runtime once, so that no test waits for a download.
import { ensureRuntime } from '../../runtime/stage.ts';

export async function setup(): Promise<void> {
  await ensureRuntime({
    onProgress: ({ step, message }) => {
      process.stderr.write(`runtime: ${step}: ${message}\n`);
    },
  });
}
