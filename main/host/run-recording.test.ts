import { expect, it } from 'vitest';
import { findMeasure } from '../../shared/compare/measure.ts';
import { RunSpec } from '../../shared/spec/run.ts';
import { compareRuns } from './compared-runs.ts';
import { RunRecording } from './run-recording.ts';
import { addTrainedRun, emptyLibrary } from './testing/trained-library.ts';

it.each([
  ['accuracy', 2],
  ['loss', 3],
] as const)('records the best evaluation by %s, and a comparison has the same', (monitor, step) => {
  const library = emptyLibrary();
  const id = addTrainedRun(library, { recipe: { checkpoints: { monitor } } });
  library.series.truncateAfter(id, -1);
  library.runs.update(id, { metrics: {} });
  const { recipe } = RunSpec.parse(library.runs.get(id).spec);
  const recording = new RunRecording({
    ...{ library, runId: id, dataFingerprint: 'f00d', recipe, isResumed: false },
    onEvent: () => undefined,
  });
  const evaluations = [
    { accuracy: 0.25, loss: Number.NaN },
    { accuracy: 0.75, loss: 2 },
    { accuracy: 0.5, loss: 1 },
  ];
  for (const [i, { accuracy, loss }] of evaluations.entries()) {
    const at = { steps: Int32Array.of(i + 1), elapsedMs: Float64Array.of(i) };
    library.series.append(id, [
      { name: 'val/accuracy', ...at, values: Float32Array.of(accuracy) },
      { name: 'val/loss', ...at, values: Float32Array.of(loss) },
    ]);
    const facts = { split: 'val' as const, step: i + 1, examples: 4, accuracy, top5: 1, loss };
    recording.handle({ kind: 'evaluation', facts });
  }
  const { metrics } = library.runs.get(id);
  const best = evaluations[step - 1]!;
  expect(metrics).toMatchObject({
    bestStep: step,
    bestValAccuracy: best.accuracy,
    bestValLoss: best.loss,
    lastValAccuracy: 0.5,
  });
  const [compared] = compareRuns(library, [id], { lastK: 1 }).runs;
  const read = (measure: string) => findMeasure(measure)!.read(compared!);
  expect([read('best val/accuracy'), read('best val/loss')]).toEqual([best.accuracy, best.loss]);
});
