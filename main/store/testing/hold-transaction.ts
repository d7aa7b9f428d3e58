// Claims a run, then stays inside a transaction until it is killed.
import fs from 'node:fs';
import { openLibrary } from '../library.ts';

const [folder = '', runId = ''] = process.argv.slice(2);
const library = openLibrary(folder);
library.runs.claim(runId);
library.transaction(() => {
  library.runs.update(runId, { step: 99 });
  fs.writeSync(1, 'holding\n');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});
