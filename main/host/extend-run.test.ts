import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { RecipeSpec, type RecipeInput } from '../../shared/spec/recipe.ts';
import type { RunSpec } from '../../shared/spec/run.ts';
import { extendRun } from './extend-run.ts';
import { RunService } from './run-service.ts';
import { exampleSpec, testHost } from './testing/host-fixtures.ts';

const steps = (count: number) => ({ kind: 'steps', steps: count }) as const;

function specWith(recipe: RecipeInput): RunSpec {
  const spec = exampleSpec();
  return { ...spec, recipe: RecipeSpec.parse({ ...spec.recipe, ...recipe }) };
}

async function finishedRun(recipe: RecipeInput = {}) {
  const { parts } = await testHost('finish');
  const runs = new RunService(parts);
  const run = await runs.start(specWith(recipe));
  return { runs, library: parts.library, run };
}

test('A finished run goes on to its new end as one run, and its record says so.', async () => {
  const { runs, library, run } = await finishedRun();
  const extended = await extendRun(library, run.id, { length: steps(20), schedule: 'append' });
  expect(extended).toMatchObject({
    id: run.id,
    status: 'interrupted',
    totalSteps: 20,
    spec: { recipe: { length: steps(20), extensions: [{ fromStep: 12, schedule: 'append' }] } },
    history: [{ kind: 'extended', step: 12, fromSteps: 12, toSteps: 20, schedule: 'append' }],
  });
  expect(await runs.resume(run.id)).toMatchObject({ status: 'finished', step: 20 });
  expect([...library.series.read(run.id, 'train/loss')!.steps]).toEqual(
    Array.from({ length: 20 }, (_, i) => i + 1),
  );
});

test('A constant rate needs no choice, and the spec is that of a longer run.', async () => {
  const { library, run } = await finishedRun({ schedule: { kind: 'constant', rate: 0.1 } });
  const { spec, history } = await extendRun(library, run.id, { length: steps(24) });
  const longer = specWith({ schedule: { kind: 'constant', rate: 0.1 }, length: steps(24) });
  expect((spec as RunSpec).recipe).toEqual(longer.recipe);
  expect(history).toMatchObject([{ schedule: 'constant' }]);
});

test('Whatever can not be extended says why and stays as it is.', async () => {
  const { library, run } = await finishedRun();
  const extend = (length = steps(20), schedule: 'stretch' | undefined = 'stretch') =>
    extendRun(library, run.id, { length, schedule });
  await expect(extend(steps(12))).rejects.toMatchObject({ code: 'not-longer' });
  await expect(extendRun(library, run.id, { length: steps(20) })).rejects.toMatchObject({
    code: 'which-schedule',
  });
  library.runs.update(run.id, { metrics: { stoppedEarly: 1 } });
  await expect(extend()).rejects.toMatchObject({ code: 'run-stopped-early' });
  library.runs.update(run.id, { metrics: {}, status: 'interrupted' });
  await expect(extend()).rejects.toMatchObject({ code: 'run-not-finished' });
  library.runs.update(run.id, { status: 'finished' });
  const folder = library.runFolder(run.id);
  const last = path.join(folder, 'last.safetensors');
  const whole = fs.readFileSync(last);
  fs.truncateSync(last, 30);
  await expect(extend()).rejects.toMatchObject({ code: 'damaged-checkpoint' });
  fs.writeFileSync(last, whole);
  library.runs.delete(run.id);
  await expect(extend()).rejects.toMatchObject({ code: 'run-deleted' });
  library.runs.restore(run.id);
  expect(library.runs.get(run.id)).toMatchObject({ totalSteps: 12, history: [] });
  expect(await extend()).toMatchObject({ totalSteps: 20 });
});
