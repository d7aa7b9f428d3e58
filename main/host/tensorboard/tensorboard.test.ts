import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../store/testing/temporary-folder.ts';
import { decodeEvent, type EventMessage } from '../../export/tensorboard/event-messages.ts';
import { readRecords } from '../../export/tensorboard/tfrecord.ts';
import { addTrainedRun, emptyLibrary } from '../testing/trained-library.ts';
import { exportTensorboard } from './export-tensorboard.ts';
import { followWithTensorboard, liveTensorboard } from './live-tensorboard.ts';

const hasTensorboard =
  spawnSync('python3', ['-c', 'import tensorboard.backend.event_processing.event_accumulator'])
    .status === 0;

/** What TensorBoard's own reader finds in a run's folder: [step, value] by tag. */
const READER = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import plugin_data_pb2
acc = EventAccumulator(sys.argv[1], size_guidance={'scalars': 0, 'tensors': 0}); acc.Reload()
tags = acc.Tags()
start = plugin_data_pb2.HParamsPluginData.FromString(
  acc.SummaryMetadata('_hparams_/session_start_info').plugin_data.content)
hparams = start.session_start_info.hparams
print(json.dumps({
  'scalars': {tag: [[e.step, e.value] for e in acc.Scalars(tag)] for tag in tags['scalars']},
  'wall': [e.wall_time for e in acc.Scalars('train/loss')],
  'hparams': {key: hparams[key].number_value for key in hparams if hparams[key].HasField('number_value')},
}))`;

interface Read {
  readonly scalars: Readonly<Record<string, readonly (readonly [number, number])[]>>;
  readonly wall: readonly number[];
  readonly hparams: Readonly<Record<string, number>>;
}

function readByTensorboard(folder: string): Read {
  return JSON.parse(execFileSync('python3', ['-c', READER, folder], { encoding: 'utf8' })) as Read;
}

function eventsOf(folder: string): EventMessage[] {
  const events: EventMessage[] = [];
  for (const name of fs.readdirSync(folder)) {
    readRecords(fs.readFileSync(path.join(folder, name)), (data) => events.push(decodeEvent(data)));
  }
  return events;
}

/** Steps by tag, in the order of the file. */
function stepsIn(folder: string): Map<string, number[]> {
  const steps = new Map<string, number[]>();
  for (const { step = 0, summary } of eventsOf(folder)) {
    for (const { tag = '', simpleValue } of summary?.value ?? []) {
      if (simpleValue !== undefined) steps.set(tag, [...(steps.get(tag) ?? []), step]);
    }
  }
  return steps;
}

test('runs are a folder each; exporting again takes the place of what was there', () => {
  const library = emptyLibrary();
  const ids = [addTrainedRun(library, { name: 'net/ä b' }), addTrainedRun(library, { seed: 2 })];
  const out = path.join(temporaryFolder(), 'logs');
  const [first] = exportTensorboard(library, [...ids, ids[0]!], out);
  exportTensorboard(library, ids, out);
  expect(fs.readdirSync(out).sort()).toEqual([`net-${ids[1]!}`, `net-ä-b-${ids[0]!}`].sort());
  const folder = path.dirname(first!.file);
  expect(fs.readdirSync(folder)).toHaveLength(1);
  const steps = stepsIn(folder);
  expect([...steps.keys()].sort()).toEqual([
    ...['head', 'layer1.0', 'layer1.1', 'stem'].map((block) => `block/gradient-norm/${block}`),
    ...['train/accuracy', 'train/loss', 'val/accuracy'],
  ]);
  expect(steps.get('train/loss')).toEqual([...Array(40).keys()]);
  library.runs.update(ids[0]!, { name: 'another' });
  exportTensorboard(library, ids, out);
  expect(fs.readdirSync(out)).toHaveLength(2);
  expect(() => exportTensorboard(library, ['nothing'], out)).toThrow(
    expect.objectContaining({ code: 'no-such-run' }),
  );
});

test.skipIf(!hasTensorboard)(
  hasTensorboard
    ? 'TensorBoard’s own reader finds every point, its time and the settings'
    : 'TensorBoard’s own reader (left out: python3 has no tensorboard)',
  () => {
    const library = emptyLibrary();
    const id = addTrainedRun(library, { seed: 3 });
    library.runs.update(id, { stretches: [{ elapsedMs: 0, startedAtMs: 1_700_000_000_000 }] });
    const [file] = exportTensorboard(library, [id], temporaryFolder());
    const read = readByTensorboard(path.dirname(file!.file));
    for (const series of library.series.readAll(id)) {
      const tags = series.width === 1 ? [''] : series.labels.map((label) => `/${label}`);
      tags.forEach((tag, unit) => {
        const expected = Array.from(series.steps, (step, i) => [
          step,
          series.values[i * series.width + unit],
        ]);
        expect(read.scalars[`${series.name}${tag}`]).toEqual(expected);
      });
    }
    expect(read.wall.slice(0, 2)).toEqual([1_700_000_000, 1_700_000_000.01]);
    expect(read.hparams).toMatchObject({ seed: 3, 'recipe.batch': 64 });
  },
);

test('a live file has each step once, also after a kill in the middle and another start', () => {
  const library = emptyLibrary();
  const id = addTrainedRun(library, { status: 'interrupted' });
  library.series.truncateAfter(id, -1);
  const root = temporaryFolder();
  followWithTensorboard(library, id, root);
  const warnings: string[] = [];
  const start = () => liveTensorboard(library, id, (message) => warnings.push(message));
  const points = (from: number, to: number) => {
    const steps = Int32Array.from({ length: to - from + 1 }, (_, i) => from + i);
    const [elapsedMs, values] = [Float64Array.from(steps), Float32Array.from(steps)];
    return [{ name: 'train/loss', steps, elapsedMs, values }];
  };
  const train = (live: ReturnType<typeof start>, from: number, to: number): void => {
    library.series.append(id, points(from, to));
    live.add(points(from, to));
  };
  const killed = start();
  killed.begin();
  train(killed, 1, 10);
  train(killed, 11, 25);
  // In the library, but the process ended before the file had it; and half a record at the file's end.
  library.series.append(id, points(26, 30));
  const [folder] = fs.readdirSync(root).map((name) => path.join(root, name));
  const [file] = fs.readdirSync(folder!).map((name) => path.join(folder!, name));
  fs.appendFileSync(file!, Buffer.of(1, 2, 3));
  expect(stepsIn(folder!).get('train/loss')).toHaveLength(25);

  library.series.truncateAfter(id, 20);
  const resumed = start();
  resumed.begin();
  train(resumed, 21, 40);
  resumed.end(library.runs.update(id, { status: 'finished' }));
  expect(stepsIn(folder!).get('train/loss')).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
  if (hasTensorboard) {
    expect(readByTensorboard(folder!).scalars['train/loss']).toHaveLength(40);
  }
  expect(warnings).toEqual([]);

  fs.rmSync(folder!, { recursive: true });
  fs.writeFileSync(folder!, 'a file is in the way');
  const blocked = start();
  blocked.begin();
  blocked.add(points(41, 42));
  expect(warnings).toHaveLength(1);
  expect(fs.statSync(root).isDirectory()).toBe(true);
});
