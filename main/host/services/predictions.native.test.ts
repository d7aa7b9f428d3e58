// The page's "Try", `predict` and evaluation are one road: the same files give the same answers.
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RecipeSpec } from '../../../shared/spec/recipe.ts';
import { RunSpec } from '../../../shared/spec/run.ts';
import { createWorkspace, png, type Workspace } from '../../data/testing/fixtures.ts';
import { getArchitecture } from '../../zoo/registry.ts';
import type { TrainerHandle } from '../trainer-launcher.ts';
import { testApp } from '../testing/app-fixture.ts';
import { temporaryFolder } from '../testing/host-fixtures.ts';
import { realParts } from '../testing/real-host.ts';
import { predict, weightsOfRun } from '../weights-jobs.ts';

const CLASSES = ['rows', 'columns', 'grains'];
let space: Workspace;
beforeAll(() => {
  space = createWorkspace();
  const shade = {
    rows: (_: number, y: number, i: number) => 40 + ((y * (3 + (i % 4)) + i) % 9) * 22,
    columns: (x: number, _: number, i: number) => 40 + ((x * (3 + (i % 4)) + i) % 9) * 22,
    grains: (x: number, y: number, i: number) => (x * 71 + y * 113 + x * y * i) % 256,
  };
  for (const [name, at] of Object.entries(shade)) {
    for (let i = 0; i < 30; i++) {
      // Neither the network's size nor its proportions, so that the resize policy counts.
      const size = { width: 37 + (i % 5), height: 29 + (i % 3) };
      space.write({ [`${name}/${i}.png`]: png(size, (x, y) => at(x, y, i)) });
    }
  }
});
afterAll(() => space.remove());

test('An image gets the same answer from the page, from `predict` and in an evaluation.', async () => {
  const real = realParts(temporaryFolder());
  const trainers: TrainerHandle[] = [];
  const launch: typeof real.launcher.launch = (environment) => {
    const trainer = real.launcher.launch(environment);
    trainers.push(trainer);
    return trainer;
  };
  const parts = { ...real, launcher: { launch } };
  const app = testApp(parts);
  const { seed, ...spec } = RunSpec.parse({
    architecture: getArchitecture('mini-basic-a').spec,
    data: { source: space.root, valFraction: 0.4, imageSize: 16, resize: 'pad' },
    recipe: RecipeSpec.parse({
      batch: 8,
      length: { kind: 'steps', steps: 12 },
      testTimeFlip: true,
    }),
    seed: 0,
  });
  const { ids } = await app.ask('runs.start', { spec, seeds: [seed] });
  const run = ids[0]!;
  await app.until(run, ({ status }) => status === 'finished');
  const { mistakes } = await app.ask('runs.mistakes', { id: run });
  if (mistakes === null) throw new Error('There is nothing to compare with.');

  // The validation images by name: every mistake is named, and the split is the run's own.
  const wrong = new Map(
    mistakes.worst.map((one) => [
      path.basename(path.dirname(one.source)) + path.basename(one.source),
      one,
    ]),
  );
  const files = [...wrong.values()].map(({ source }) => path.resolve(space.root, source));
  expect(files.length).toBeGreaterThan(3);
  const others = CLASSES.flatMap((name) =>
    [0, 1].map((i) => path.join(space.root, name, `${i}.png`)),
  );
  const all = [...new Set([...files, ...others])];

  trainers.length = 0;
  // As an open page does: the process stays as long.
  const { events } = app.follow('predictions.watch', {});
  const images = all.map((name) => ({ name, bytes: new Uint8Array(fs.readFileSync(name)) }));
  const damaged = { name: 'half.png', bytes: images[0]!.bytes.slice(0, 60) };
  const page = await app.ask('predictions.classify', { run, images: [damaged, ...images] });
  const { weights } = weightsOfRun(parts.library, run);
  const input = { kind: 'images' as const, files: all };
  const terminal = await predict(parts, { weights, batch: 64, input });
  if (terminal.kind !== 'predictions') throw new Error('It predicted something else.');
  expect(page.failed).toMatchObject([{ file: 'half.png', error: { code: 'bad-image' } }]);
  expect(page.step).toBe(mistakes.step);

  const close = (a: number, b: number): void => expect(Math.abs(a - b)).toBeLessThan(1e-5);
  expect(page.predictions.map(({ file }) => file)).toEqual(all);
  page.predictions.forEach(({ classes }, i) => {
    const same = terminal.predictions[i]!;
    expect(classes.map(({ name }) => name)).toEqual(same.classes.map(({ name }) => name));
    classes.forEach(({ probability }, c) => close(probability, same.classes[c]!.probability));
  });
  // A single image goes through a program of its own.
  const alone = await app.ask('predictions.classify', { run, images: [images[0]!] });
  alone.predictions[0]!.classes.forEach(({ probability }, c) =>
    close(probability, page.predictions[0]!.classes[c]!.probability),
  );
  // As the evaluation has it: what is taken for what, and how surely.
  for (const mistake of wrong.values()) {
    const file = path.resolve(space.root, mistake.source);
    const { classes } = page.predictions.find((one) => one.file === file)!;
    expect(classes[0]!.name).toBe(mistakes.classes[mistake.predicted]);
    close(classes[0]!.probability, mistake.confidence);
    const label = classes.find(({ name }) => name === mistakes.classes[mistake.label]);
    close(label!.probability, mistake.labelProbability);
  }

  // One process answered the page; killed, it is started anew by the next image.
  expect(trainers).toHaveLength(2);
  trainers[0]!.kill('SIGKILL');
  await expect.poll(() => events.at(-1), { timeout: 20_000 }).toMatchObject({ kind: 'died' });
  const again = await app.ask('predictions.classify', { run, images: [images[0]!] });
  expect(again).toEqual(alone);
  expect(trainers).toHaveLength(3);
  await app.services.close(0);
  expect((await trainers[2]!.ended).code).toBe(0);
});
