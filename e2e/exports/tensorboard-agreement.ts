// Event files of a run read back by TensorBoard's own reader, point by point against the library.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { openLibrary } from '../../main/store/library.ts';

const READER = `
import json, sys
import tensorboard
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
acc = EventAccumulator(sys.argv[1], size_guidance={'scalars': 0}); acc.Reload()
print(json.dumps({
  'version': tensorboard.__version__,
  'scalars': {tag: [[e.step, e.value] for e in acc.Scalars(tag)] for tag in acc.Tags()['scalars']},
}))`;

const Read = z.object({
  version: z.string(),
  scalars: z.record(z.string(), z.array(z.tuple([z.number(), z.number()]))),
});

export interface ReadEvents {
  readonly runtime: string;
  /** Series, a block of a series counted as one. */
  readonly series: number;
  readonly points: number;
  /** Points of the library that the reader does not give with the same step and value. */
  readonly different: number;
}

export function readEventsAgain(home: string, run: string, logs: string): ReadEvents {
  const [name = ''] = fs.readdirSync(logs);
  const answer = execFileSync('python3', ['-c', READER, path.join(logs, name)], {
    encoding: 'utf8',
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: '3' },
  });
  const { version, scalars } = Read.parse(JSON.parse(answer));
  const library = openLibrary(home);
  try {
    let [series, points, different] = [0, 0, 0];
    for (const stored of library.series.readAll(run)) {
      const tags = stored.width === 1 ? [''] : stored.labels.map((label) => `/${label}`);
      for (const [unit, tag] of tags.entries()) {
        const read = scalars[`${stored.name}${tag}`] ?? [];
        series++;
        points += stored.steps.length;
        different += Math.abs(read.length - stored.steps.length);
        different += read.filter(
          ([step, value], i) =>
            step !== stored.steps[i] || value !== stored.values[i * stored.width + unit],
        ).length;
      }
    }
    return { runtime: `TensorBoard ${version}`, series, points, different };
  } finally {
    library.close();
  }
}
