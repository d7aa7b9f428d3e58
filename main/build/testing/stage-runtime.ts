// Before the native tests: stage the TensorFlow runtime once, so that no test waits for a download.
import { ensureCheckedRuntime } from '../../runtime/checked-runtime.ts';

export async function setup(): Promise<void> {
  await ensureCheckedRuntime({
    onProgress: ({ step, message }) => {
      process.stderr.write(`runtime: ${step}: ${message}\n`);
    },
  });
}
