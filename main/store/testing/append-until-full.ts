// Appends points until the file system refuses, and prints the last step that was saved and the error's code.
import fs from 'node:fs';
import { toErrorDocument } from '../../../shared/errors.ts';
import { openLibrary } from '../library.ts';

const [folder = '', runId = ''] = process.argv.slice(2);
const library = openLibrary(folder);
const count = 500;
for (let first = 1; ; first += count) {
  const steps = Int32Array.from({ length: count }, (_, i) => first + i);
  try {
    library.series.append(runId, [
      {
        name: 'train/loss',
        steps,
        elapsedMs: Float64Array.from(steps),
        values: Float32Array.from(steps),
      },
    ]);
  } catch (error) {
    fs.writeSync(1, `${first - 1} ${toErrorDocument(error).code}\n`);
    break;
  }
}
