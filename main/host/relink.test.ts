import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createWorkspace, noisePng, type Workspace } from '../data/testing/fixtures.ts';
import { newDataSpec } from '../../shared/spec/run.ts';
import { openLibrary, type Library } from '../store/library.ts';
import { currentData, outlineData, rememberDataset } from './dataset-outline.ts';
import { leftOutFiles } from './decisions.ts';
import { relinkDataset } from './relink.ts';

let space: Workspace;
let library: Library;
let moved: string;
beforeEach(async () => {
  space = createWorkspace();
  library = openLibrary(join(space.root, '..', 'home'));
  moved = join(space.root, '..', 'elsewhere');
  for (const name of ['a', 'b']) {
    for (let i = 0; i < 6; i++) {
      space.write({ [`${name}/${i}.png`]: noisePng(16, i + (name === 'a' ? 0 : 50)) });
    }
  }
  library.decisions.decide(space.root, { files: ['a/0.png'], kind: 'leave-out', reason: 'test' });
  const { withCurrentDecisions } = await import('./decisions.ts');
  const data = await withCurrentDecisions(library, currentData(library, newDataSpec(space.root)));
  rememberDataset(library, await outlineData(data, options()));
});
afterEach(() => {
  library.close();
  space.remove();
});

const options = () => ({ cacheFolder: library.cacheFolder });

test('A moved folder is found by its fingerprint; record and decisions name the new place.', async () => {
  renameSync(space.root, moved);
  const relinked = await relinkDataset(library, { from: space.root, to: moved }, options());
  expect(relinked).toEqual({ from: space.root, to: moved, runs: 0 });
  expect(library.datasets.list().map(({ source }) => source)).toEqual([moved]);
  expect(leftOutFiles(library, moved)).toEqual(['a/0.png']);
  expect(leftOutFiles(library, space.root)).toEqual([]);
});

test('Runs on it name the new place, with the rest of their spec as it was; others stay.', async () => {
  const spec = { format: 1, data: { source: space.root, splitSeed: 3 }, seed: 1 };
  const create = (source: string): string =>
    library.runs.create({
      ...{
        name: 'r',
        group: null,
        architecture: 'x',
        seed: 1,
        recipeOrigin: null,
        dataName: 'set',
      },
      ...{ dataFingerprint: 'f', classCount: 2, codeVersion: '1', totalSteps: 5 },
      spec: { ...spec, data: { ...spec.data, source } },
    }).id;
  const [mine, other] = [create(space.root), create('/other')];
  renameSync(space.root, moved);
  const { runs } = await relinkDataset(library, { from: space.root, to: moved }, options());
  expect(runs).toBe(1);
  expect(JSON.stringify(library.runs.get(mine).spec)).toBe(
    JSON.stringify({ ...spec, data: { ...spec.data, source: moved } }),
  );
  expect(library.runs.get(other).spec).toMatchObject({ data: { source: '/other' } });
});

test('Another folder is refused with what differs, and nothing changes.', async () => {
  const other = createWorkspace();
  for (const name of ['a', 'c']) {
    for (let i = 0; i < 5; i++)
      other.write({ [`${name}/${i}.png`]: noisePng(16, i + 200 + name.length) });
  }
  const wanted = relinkDataset(library, { from: space.root, to: other.root }, options());
  await expect(wanted).rejects.toMatchObject({
    code: 'other-data',
    message: expect.stringMatching(/lacks the classes b.*has the classes c besides/) as string,
  });
  expect(library.datasets.list().map(({ source }) => source)).toEqual([space.root]);
  other.remove();
});

test('A place that nothing is known of is said.', async () => {
  const wanted = relinkDataset(library, { from: '/nowhere', to: space.root }, options());
  await expect(wanted).rejects.toMatchObject({ code: 'no-such-dataset' });
});
