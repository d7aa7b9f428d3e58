import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ReportBlock, ReportDocument } from '../../shared/contract/app/reports.ts';
import { smooth } from '../../shared/curves/smooth.ts';
import { lineFigureOf } from '../../shared/figures/line-json.ts';
import { changesOf, compose } from '../reports/compose.ts';
import type { Library } from '../store/library.ts';
import { temporaryFolder } from '../store/testing/temporary-folder.ts';
import { compareRuns } from './compared-runs.ts';
import { draftReport } from './draft-report.ts';
import { importBundle } from './import-bundle.ts';
import { gatherReport } from './report-data.ts';
import { reportAround, withBlock, withCitedRuns, withNewMarks } from './report-runs.ts';
import { writeCalibration } from './calibration-file.ts';
import { outputsFile } from './run-outputs.ts';
import { pageScript, withoutNetworks } from './testing/bundled-programs.ts';
import { addTrainedRun, emptyLibrary, judge } from './testing/trained-library.ts';
import { writeReport } from './write-report.ts';

type Lines = Extract<ReportBlock, { kind: 'lines' }>;

function chart(run: string, given: Partial<Lines> = {}, runs = [run]): Lines {
  return {
    ...{ id: 'x', kind: 'lines', title: 'Loss, net', yTitle: 'nats', x: 'step', range: null },
    ...{ isLogX: false, isLogY: false, isClipped: false, isShare: false },
    ...{ spread: 'sd', drawn: 'band' },
    curves: [
      {
        ...{ label: 'training', colour: 3, isDashed: true, runs, series: 'train/loss' },
        ...{ smoothing: { kind: 'ema', weight: 0.9 }, reading: 'value', besides: [] },
      },
    ],
    ...given,
  };
}

function figureOf(library: Library, document: ReportDocument, at = 0) {
  const [piece] = compose(gatherReport(library, document, '1'))[at]!.pieces;
  if (piece?.kind !== 'figure') throw new Error(JSON.stringify(piece));
  return { ...piece, figure: lineFigureOf(piece.lines!) };
}

describe('a confusion matrix in a report', () => {
  const block = (run: string): ReportBlock => ({
    ...{ id: 'c', kind: 'confusion', run, label: 'net, seed 1', order: 'worst' },
  });

  it('is the best checkpoint’s, in the order of the screen, with each class in a table', () => {
    const library = emptyLibrary();
    const run = addTrainedRun(library);
    judge(library, run, { classes: ['cat', 'dog'], counts: [8, 2, 7, 3] });
    const document = reportAround(library, block(run), 'Mine');
    const [figure, table] = compose(gatherReport(library, document, '1'))[0]!.pieces;
    if (figure?.kind !== 'figure' || table?.kind !== 'table') throw new Error('other pieces');
    expect(figure.title).toBe('Confusion, net, seed 1');
    expect(figure.svg).toContain('7 of dog taken for cat (70.0 %)');
    expect(table.rows).toEqual([
      ['dog', '10', '30.0 %', 'cat (7)'],
      ['cat', '10', '80.0 %', 'dog (2)'],
    ]);
  });

  it('travels with a bundle that has no checkpoints', async () => {
    const library = emptyLibrary();
    const run = addTrainedRun(library);
    judge(library, run, { classes: ['cat', 'dog'], counts: [8, 2, 7, 3] });
    const document = withNewMarks(library, reportAround(library, block(run), 'Mine'));
    const folder = temporaryFolder();
    const options = {
      ...{ codeVersion: '1', pageScript, ...withoutNetworks },
      printPdf: () => Promise.reject(new Error('')),
    };
    await writeReport(library, document, 'zip', folder, options);
    const other = emptyLibrary();
    await importBundle(other, path.join(folder, 'report.zip'));
    const pieces = (from: Library) => compose(gatherReport(from, document, '1'))[0]!.pieces;
    expect(pieces(other)).toEqual(pieces(library));
    expect(pieces(other)[0]).toMatchObject({ kind: 'figure' });
  });

  it('of a run that nobody judged is said to be missing', () => {
    const library = emptyLibrary();
    const run = addTrainedRun(library);
    const document = reportAround(library, block(run), 'Mine');
    const [piece] = compose(gatherReport(library, document, '1'))[0]!.pieces;
    expect(piece).toMatchObject({ kind: 'paragraph', isWarning: false });
  });
});

describe('a chart in a report', () => {
  it('is what was on the screen: smoothed, raw behind, zoomed, logarithmic, in its colour', () => {
    const library = emptyLibrary();
    const id = addTrainedRun(library, { points: 200 });
    const block = chart(id, { range: { min: 50, max: 120 }, isLogY: true, isClipped: true });
    const { figure, note, svg } = figureOf(library, reportAround(library, block, 'Mine'));
    const values = library.series.read(id, 'train/loss')!.values;
    const [curve] = figure.curves;
    expect(curve).toMatchObject({ label: 'training', colour: 3, isDashed: true });
    smooth(values, { kind: 'ema', weight: 0.9 }).forEach((value, i) => {
      expect(curve!.line.y[i]).toBeCloseTo(value, 3);
    });
    expect(curve!.raw!.y[7]).toBeCloseTo(values[7]!, 3);
    expect(figure).toMatchObject({ xRange: { min: 50, max: 120 }, isLogY: true, isClipped: true });
    expect(note).toBe(
      'Smoothed by an exponential moving average of weight 0.9; faint: as measured. Shown from 50 to 120. The vertical axis shows the 5th to the 95th percentile.',
    );
    expect(svg).not.toContain('NaN');
  });

  it('has the axis that was chosen, one unit of many, and speed from the times between points', () => {
    const library = emptyLibrary();
    const id = addTrainedRun(library, { points: 30 });
    const [line] = chart(id).curves;
    const curves = [
      { ...line!, series: 'block/gradient-norm', component: 'layer1.1' },
      { ...line!, reading: 'throughput' as const, smoothing: { kind: 'none' as const } },
    ];
    const block = chart(id, { x: 'time', curves });
    const { figure } = figureOf(library, reportAround(library, block, ''));
    // Ten milliseconds a step, 64 images a batch.
    expect(Array.from(figure.curves[0]!.line.x.slice(0, 3))).toEqual([0, 10, 20]);
    expect(figure.curves[0]!.raw!.y[0]).toBe(3);
    expect(figure.curves[1]!.line.y[5]).toBe(6400);
  });

  it('of several seeds is their mean with its band; a run that did not finish is thin beside it', () => {
    const library = emptyLibrary();
    const seeds = [1, 2, 3].map((seed) => addTrainedRun(library, { seed }));
    const stopped = addTrainedRun(library, { seed: 4, status: 'interrupted' });
    const [line] = chart(seeds[0]!, {}, seeds).curves;
    const curves = [{ ...line!, besides: [stopped], smoothing: { kind: 'none' as const } }];
    const { figure, note } = figureOf(
      library,
      reportAround(library, chart(seeds[0]!, { curves, spread: 'ci95' }), ''),
    );
    const values = seeds.map((id) => library.series.read(id, 'train/loss')!.values[9]!);
    expect(figure.curves[0]!.line.y[9]).toBeCloseTo(values.reduce((a, b) => a + b) / 3, 3);
    expect(figure.curves[0]!.members).toHaveLength(1);
    expect(note).toContain('mean of n = 3 seeds; band: 95 % confidence interval.');
    expect(note).toContain('did not finish are drawn thin');
  });

  it('is drawn finer where it was zoomed, and says how long curves were thinned out', () => {
    const library = emptyLibrary();
    const id = addTrainedRun(library, { points: 20_000 });
    const whole = figureOf(library, reportAround(library, chart(id), ''));
    expect(whole.note).toContain('smallest and the largest value');
    const range = { min: 1000, max: 1400 };
    const zoomed = figureOf(library, reportAround(library, chart(id, { range }), ''));
    const inView = zoomed.figure.curves[0]!.line.x.filter((x) => x >= 1000 && x <= 1400);
    expect(inView).toHaveLength(401);
    expect(zoomed.note).not.toContain('smallest and the largest value');
  });
});

it('responses are drawn at several moments of one run, or of several runs at their last', () => {
  const library = emptyLibrary();
  const ids = [1, 2].map((seed) => addTrainedRun(library, { seed, name: `net ${seed}` }));
  const labels = ['layer1.0.conv1', 'layer1.0.conv2', 'layer1.1.conv1'];
  for (const id of ids) {
    library.series.append(id, [
      {
        ...{ name: 'conv/response-deviation', labels, steps: Int32Array.of(0, 10, 20) },
        elapsedMs: Float64Array.of(0, 1, 2),
        values: Float32Array.of(1, 2, 3, 4, 5, 6, 0.1, 0.3, 0.2),
      },
    ]);
  }
  const block = (runs: readonly string[], isSorted: boolean): ReportBlock => ({
    ...{ id: 'x', kind: 'responses', isSorted },
    runs: runs.map((run, at) => ({ run, label: `net ${at}`, colour: at, isDashed: false })),
  });
  const one = figureOf(library, reportAround(library, block([ids[0]!], false), ''));
  expect(one.figure.curves.map(({ label }) => label)).toEqual(['step 0', 'step 10', 'step 20']);
  const two = figureOf(library, reportAround(library, block(ids, true), ''));
  expect(two.figure.curves.map(({ label }) => label)).toEqual(['net 0', 'net 1']);
  const sorted = Array.from(two.figure.curves[1]!.line.y, (y) => Number(y.toFixed(3)));
  expect(sorted).toEqual([0.3, 0.2, 0.1]);
  expect(two.note).toContain(ids[1]);
});

describe('runs that only one chart shows', () => {
  it('are cited, join no comparison, and are said to have changed, or to be gone', () => {
    const library = emptyLibrary();
    const ids = [1, 2, 3].map((seed) => addTrainedRun(library, { seed }));
    const guest = addTrainedRun(library, { name: 'guest', shortcut: 'none' });
    const document = draftReport(compareRuns(library, ids, { lastK: 5 }).runs);
    const added = withCitedRuns(library, withBlock(document, chart(guest)));
    expect(added.cited.map(({ id }) => id)).toEqual([guest]);
    expect(new Set(added.blocks.map(({ id }) => id)).size).toBe(added.blocks.length);
    const data = gatherReport(library, added, '1');
    expect(data.runs.map(({ run }) => run.id)).toEqual(ids);
    expect(changesOf(data)).toEqual([]);

    // Trained on: its last points are others.
    library.series.append(guest, [
      {
        name: 'train/loss',
        steps: Int32Array.of(1000),
        elapsedMs: Float64Array.of(1e5),
        values: Float32Array.of(0.001),
      },
    ]);
    const changed = changesOf(gatherReport(library, added, '1'));
    expect(changed).toMatchObject([{ id: guest, kind: 'changed' }]);
    expect(changesOf(gatherReport(library, withNewMarks(library, added), '1'))).toEqual([]);
    library.runs.delete(guest);
    expect(changesOf(gatherReport(library, added, '1'))).toMatchObject([
      { id: guest, kind: 'missing' },
    ]);
    const without = withCitedRuns(library, { ...added, blocks: document.blocks });
    expect(without.cited).toEqual([]);
  });

  it('travel in the bundle, and the chart is drawn elsewhere as it was here', async () => {
    const library = emptyLibrary();
    const own = addTrainedRun(library, { seed: 1 });
    const guest = addTrainedRun(library, { name: 'guest', shortcut: 'none' });
    const document = withCitedRuns(
      library,
      withBlock(reportAround(library, chart(own), 'Two'), chart(guest, { isLogY: true })),
    );
    const folder = temporaryFolder();
    const printPdf = () => Promise.reject(new Error('not asked for'));
    await writeReport(library, document, 'zip', folder, {
      ...{ codeVersion: '1', pageScript, printPdf, ...withoutNetworks },
    });
    const other = emptyLibrary();
    const { report, added } = await importBundle(other, path.join(folder, 'report.zip'));
    expect(added.toSorted()).toEqual([own, guest].toSorted());
    const again = other.reports.get(report!).document as ReportDocument;
    const last = document.blocks.length - 1;
    expect(figureOf(other, again, last).svg).toBe(figureOf(library, document, last).svg);
    expect(changesOf(gatherReport(other, again, '1'))).toEqual([]);
  });
});

it('a block of a comparison keeps its own runs, measure and baseline in a report about others', () => {
  const library = emptyLibrary();
  const own = addTrainedRun(library, { seed: 1 });
  const two = ['A', 'none'].map((shortcut) =>
    addTrainedRun(library, { name: `guest ${shortcut}`, shortcut: shortcut as 'A' | 'none' }),
  );
  const scope = {
    ...{ runs: two, measure: 'final val/accuracy', spread: 'sd' as const, study: '' },
    ...{ baseline: two[1]!, isBySpec: true, lastK: 2 },
  };
  const table: ReportBlock = { id: 'x', kind: 'table', measures: ['last train/loss'], scope };
  const document = withCitedRuns(
    library,
    withBlock(reportAround(library, chart(own), 'Two'), table),
  );
  const [piece] = compose(gatherReport(library, document, '1')).at(-1)!.pieces;
  expect(piece).toMatchObject({ kind: 'table', number: 2 });
  expect(JSON.stringify(piece)).toContain('differences to the baseline, guest none');
  expect(JSON.stringify(piece)).toContain('Means of last points take 2');
});

it('a calibration is shown once it was looked at, as trained and at its temperature', () => {
  const library = emptyLibrary();
  const run = addTrainedRun(library, { name: 'sure' });
  library.runs.update(run, {
    checkpoints: { best: { file: 'b', step: 9, sizeBytes: 1, sha256: 'ab'.repeat(32) } },
  });
  const block: ReportBlock = { id: 'b1', kind: 'calibration', run, label: 'sure, seed 1' };
  const pieces = () =>
    compose(gatherReport(library, reportAround(library, block, 'Sure?'), '1'))[0]!.pieces;
  expect(pieces()).toMatchObject([{ kind: 'paragraph' }]);
  const bin = { from: 0.5, to: 1, count: 8, confidence: 0.9, accuracy: 0.5 };
  const before = { bins: [bin], expectedError: 0.4, maximumError: 0.4, nll: 2, accuracy: 0.5 };
  const record = library.runs.get(run);
  fs.mkdirSync(path.dirname(outputsFile(library, record)!), { recursive: true });
  writeCalibration(library, record, {
    ...{ step: 9, classes: ['<b>', 'c'], examples: 8, notFinite: 0, temperature: 3 },
    isOptimum: true,
    before: { ...before, confidence: 0.9 },
    after: { ...before, confidence: 0.52, expectedError: 0.02 },
  });
  const [trained, scaled] = pieces();
  expect(trained).toMatchObject({ kind: 'figure', title: 'Calibration, sure, seed 1, as trained' });
  expect(JSON.stringify(trained)).toContain('Expected calibration error 40.0');
  expect(JSON.stringify(scaled)).toContain('logits divided by 3');
  library.runs.update(run, {
    checkpoints: { best: { file: 'b', step: 19, sizeBytes: 1, sha256: 'cd'.repeat(32) } },
  });
  expect(pieces()).toMatchObject([{ kind: 'paragraph' }]);
});
