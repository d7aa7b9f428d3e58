// One append, with the process killed just before its n-th change to the file system. With n = 0 it
// lives, and prints how many changes there were.
import fs from 'node:fs';
import { openLibrary } from '../library.ts';

const [folder = '', runId = '', dieAt = '0', from = '0', to = '0'] = process.argv.slice(2);
const library = openLibrary(folder);
const changing = [
  'openSync',
  'writeSync',
  'fsyncSync',
  'ftruncateSync',
  'mkdirSync',
  'rmdirSync',
  'rmSync',
] as const;
let calls = 0;
for (const name of changing) {
  const original = fs[name] as (...args: unknown[]) => unknown;
  Object.assign(fs, {
    [name]: (...args: unknown[]): unknown => {
      calls++;
      if (calls === Number(dieAt)) process.kill(process.pid, 'SIGKILL');
      return original(...args);
    },
  });
}
const count = Number(to) - Number(from) + 1;
const steps = Int32Array.from({ length: count }, (_, i) => Number(from) + i);
library.together(() => {
  library.series.append(runId, [
    {
      name: 'train/loss',
      steps,
      elapsedMs: Float64Array.from(steps),
      values: Float32Array.from(steps),
    },
  ]);
  library.runs.update(runId, { step: Number(to) });
});
console.log(calls);
