// Adds one to a run's step, many times, each in a transaction of its own that reads and writes.
import { openLibrary } from '../library.ts';

const [folder = '', runId = '', times = '0'] = process.argv.slice(2);
const library = openLibrary(folder);
for (let i = 0; i < Number(times); i++) {
  library.transaction(() => {
    library.runs.update(runId, { step: library.runs.get(runId).step + 1 });
  });
}
library.close();
