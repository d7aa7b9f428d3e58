// A process of its own for tests: stages a runtime as its environment says and prints each progress
// report, and at last the runtime or the error, as a line of JSON.
import { toErrorDocument } from '../../../shared/errors.ts';
import { ensureRuntime } from '../stage.ts';

const say = (event: unknown) => process.stdout.write(`${JSON.stringify(event)}\n`);
try {
  say({ runtime: await ensureRuntime({ onProgress: (progress) => say({ progress }) }) });
} catch (error) {
  say({ error: toErrorDocument(error) });
}
