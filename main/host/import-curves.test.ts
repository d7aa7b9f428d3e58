import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { concernsOf } from '../../shared/compare/fairness.ts';
import { groupRuns } from '../../shared/compare/groups.ts';
import { temporaryFolder } from '../store/testing/temporary-folder.ts';
import { compareRuns } from './compared-runs.ts';
import { curveReaderOf } from './curve-reader.ts';
import { importCurves, parseMap, readCurves } from './import-curves.ts';
import { checkResumable } from './run-checks.ts';
import { specOf } from './services/run-rows.ts';
import { exportTensorboard } from './tensorboard/export-tensorboard.ts';
import { addTrainedRun, emptyLibrary } from './testing/trained-library.ts';

const CSV = {
  history: `_step,_runtime,_timestamp,loss,val_acc,note,epoch,empty
0,1.5,1700000001.5,2.5,,hello,0,
10,3,1700000003,1.5,45.5,,1,
20,4.5,1700000004.5,NaN,60,,2,
20,4.6,1700000004.75,1.25,62.5,,2,`,
  long: `Run,Run ID,metric,value,step,timestamp
a,1,train_loss,2.5,0,1700000000000
b,2,val_accuracy,0.5,1,1700000001000
a,1,train_loss,1.5,1,1700000001000
b,2,val_accuracy,oops,2,1700000002000`,
  beside: `"Step","sun - 3 - train/loss","sun - 3 - train/loss__MIN","moon - val_loss"
"0","2.5","2.5",""
"5","1.5","1.5","1.75"`,
  epochs: 'Epoch;Loss;Val Loss\n0,5;2,5;\n1;2,0;2,25\n',
  times: 'Wall time,Value\n1700000000,0.5\n1700000060.5,0.25\n',
};

function write(text: string | Uint8Array, name = 'curves.csv'): string {
  const file = path.join(temporaryFolder(), name);
  fs.writeFileSync(file, text);
  return file;
}

const noMap = { map: new Map<string, string>() };

/** `series: places → values`, with the axis. */
async function read(text: string, map = ''): Promise<Record<string, unknown>> {
  const file = write(text);
  const { runs } = await readCurves(file, { map: map === '' ? new Map() : parseMap(map) });
  return Object.fromEntries(
    runs.flatMap((run) =>
      run.series.map(({ points, axis }) => [
        `${run.name} ${points.name}`,
        [axis.x, [...points.steps], [...points.values], axis.perEpoch ?? axis.hasTime],
      ]),
    ),
  );
}

test('columns are found by their names, each series with its own places', async () => {
  expect(await read(CSV.history)).toEqual({
    'curves train/loss': ['step', [0, 10, 20], [2.5, 1.5, 1.25], true],
    'curves val/accuracy': ['step', [10, 20], [Math.fround(0.455), 0.625], true],
  });
  expect(await read(CSV.long)).toEqual({
    'a train/loss': ['step', [0, 1], [2.5, 1.5], true],
    'b val/accuracy': ['step', [1], [0.5], true],
  });
  expect(await read(CSV.beside)).toEqual({
    'sun - 3 train/loss': ['step', [0, 5], [2.5, 1.5], false],
    'moon val/loss': ['step', [5], [1.75], false],
  });
  expect(await read(CSV.epochs)).toEqual({
    'curves train/loss': ['epoch', [5, 10], [2.5, 2], 10],
    'curves val/loss': ['epoch', [1], [2.25], 1],
  });
  expect(await read(CSV.times)).toEqual({ 'curves value': ['time', [1, 2], [0.5, 0.25], true] });
});

test('a map says what columns are, divides and leaves out', async () => {
  expect(await read(CSV.history, '_step=,top=val_acc/10,loss=')).toEqual({
    'curves top': ['epoch', [1, 2], [Math.fround(4.55), 6.25], 1],
  });
});

test.each([
  ['no-x', 'loss,acc\n1,2\n', ''],
  ['bad-map', CSV.history, 'step=steps'],
  ['bad-map', CSV.history, 'step'],
  ['no-series', 'step,name\n1,a\n', ''],
  ['bad-csv', 'step,loss\n0.5,1\n', ''],
  ['bad-csv', 'step,loss\n99999999999,1\n', ''],
  ['bad-csv', 'step,loss\n', ''],
  ['bad-csv', '', ''],
  ['no-series', 'step,loss\n,\n', ''],
  ['bad-csv', 'step,loss\n,1\n', ''],
  ['bad-csv', Buffer.from([0x50, 0x4b, 3, 4, 0, 0, 0, 1, 2, 3]), ''],
])('%s: nothing is taken in from what makes no sense', async (code, text, map) => {
  const library = emptyLibrary();
  const given = async () =>
    importCurves(library, write(text), { map: map === '' ? new Map() : parseMap(map) });
  await expect(given()).rejects.toMatchObject({ code });
  expect(library.runs.list().total).toBe(0);
});

test('event files of our own come back as they were, with their settings', async () => {
  const library = emptyLibrary();
  const id = addTrainedRun(library, { seed: 7, name: 'net' });
  const out = temporaryFolder();
  exportTensorboard(library, [id], out);
  const other = emptyLibrary();
  const { added, known } = await importCurves(other, out, { ...noMap, group: 'others' });
  expect([added.length, known]).toEqual([1, []]);
  const run = other.runs.get(added[0]!);
  expect(run).toMatchObject({ seed: 7, architecture: 'net', group: 'others', spec: null });
  expect(run.imported).toMatchObject({ from: 'tensorboard', settings: { 'recipe.batch': 64 } });
  const mine = library.series.read(id, 'train/loss')!;
  const theirs = other.series.read(run.id, 'train/loss')!;
  expect(theirs.steps).toEqual(mine.steps);
  expect(theirs.values).toEqual(mine.values);
  expect(
    Math.max(...theirs.elapsedMs.map((ms, i) => Math.abs(ms - mine.elapsedMs[i]!))),
  ).toBeLessThan(1);
  expect(other.series.list(run.id).map(({ name }) => name)).toContain('block/gradient-norm/stem');
  const again = await importCurves(other, out, noMap);
  expect([again.added, again.known]).toEqual([[], added]);
});

test('one damaged or cut file of a folder: all of it or nothing', async () => {
  const library = emptyLibrary();
  const source = emptyLibrary();
  const out = temporaryFolder();
  const ids = [addTrainedRun(source), addTrainedRun(source, { seed: 2 })];
  const [first] = exportTensorboard(source, ids, out);
  const whole = fs.readFileSync(first!.file);
  const damaged = Buffer.from(whole);
  damaged[whole.length >> 1]! ^= 1;
  fs.writeFileSync(first!.file, damaged);
  await expect(importCurves(library, out, noMap)).rejects.toMatchObject({ code: 'bad-event-file' });
  for (const bytes of [Buffer.from('not events'), Buffer.alloc(0), whole.subarray(0, 20)]) {
    fs.writeFileSync(first!.file, bytes);
    await expect(importCurves(library, out, noMap)).rejects.toMatchObject({
      code: 'bad-event-file',
    });
  }
  expect(library.runs.list().total).toBe(0);
  expect(fs.readdirSync(path.join(library.folder, 'runs'))).toEqual([]);
  fs.writeFileSync(first!.file, whole.subarray(0, whole.length - 5));
  const { added, notUsed } = await importCurves(library, out, noMap);
  expect(added).toHaveLength(2);
  expect(notUsed).toHaveLength(1);
});

test('an imported run is compared and drawn where its points stand, and nothing else', async () => {
  const library = emptyLibrary();
  const ours = addTrainedRun(library);
  const { added } = await importCurves(library, write(CSV.epochs), noMap);
  const [id] = added;
  const run = library.runs.get(id!);
  for (const work of [() => specOf(run), () => checkResumable(run, library.runFolder(run.id))]) {
    expect(work).toThrow(expect.objectContaining({ code: 'run-imported' }));
  }
  const draw = (x: 'step' | 'epoch' | 'time' | 'clock') =>
    curveReaderOf(library).read({
      ...{ runs: [run.id], series: 'train/loss', x, reading: 'value', smoothing: { kind: 'none' } },
    } as Parameters<ReturnType<typeof curveReaderOf>['read']>[0]);
  expect(draw('epoch')?.line.x).toEqual(Float64Array.of(0.5, 1));
  expect([draw('step'), draw('time'), draw('clock')]).toEqual([null, null, null]);
  const { runs, missing } = compareRuns(library, [ours, run.id], { lastK: 1 });
  expect(missing).toEqual([]);
  const concerns = concernsOf(groupRuns(runs), 'architecture');
  expect(concerns).toContainEqual(expect.objectContaining({ kind: 'imported', isUnfair: true }));
  expect(concerns.map(({ kind }) => kind)).not.toContain('data');
});
