// Appends points and moves the run on, and prints each step once it has been acknowledged.
import fs from 'node:fs';
import { openLibrary } from '../library.ts';

const [folder = '', runId = '', first = '1'] = process.argv.slice(2);
const library = openLibrary(folder);
for (let step = Number(first); ; step++) {
  const points = {
    steps: Int32Array.of(step),
    elapsedMs: Float64Array.of(step * 1.25),
  };
  library.transaction(() => {
    library.series.append(runId, [
      { name: 'train/loss', ...points, values: Float32Array.of(step + 0.5) },
      { name: 'block/gradient-norm', ...points, values: Float32Array.of(step, -step, NaN) },
    ]);
    library.runs.update(runId, { step, metrics: { lastTrainLoss: step + 0.5 } });
  });
  fs.writeSync(1, `${step}\n`);
}
