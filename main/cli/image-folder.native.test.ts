import fs from 'node:fs';
import { beforeAll, afterAll, expect, test } from 'vitest';
import { createWorkspace, png, type Workspace } from '../data/testing/fixtures.ts';
import { askCli, runCli } from './testing/command-line.ts';

// Two classes that a glance tells apart: dark and bright images, of which none is square.
const SIZE = { width: 28, height: 24 };
let space: Workspace;
beforeAll(() => {
  space = createWorkspace();
  for (let i = 0; i < 24; i++) {
    space.write({
      [`dark/${i}.png`]: png(SIZE, (x, y) => 20 + ((x * y + i) % 60)),
      [`bright/${i}.png`]: png(SIZE, (x, y) => 180 + ((x * y + i) % 60)),
    });
  }
});
afterAll(() => space.remove());

test('A folder of images is learnt, and new images of it are recognized.', async () => {
  const home = `${space.cache}-home`;
  const args = ['--arch', 'mini-basic-a', '--steps', '30', '--batch', '8', '--normalize', 'auto'];
  const run = (await askCli(home, 'train', '--data', space.root, ...args)) as { id: string };
  const evaluated = await askCli(home, 'evaluate', '--run', run.id, '--data', space.root);
  expect(evaluated).toMatchObject({ split: 'val', examples: 5, accuracy: 1 });
  const images = ['dark/0.png', 'bright/0.png'].map((name) => `${space.root}/${name}`);
  const { predictions } = (await askCli(
    home,
    ...['predict', '--run', run.id, '--images', ...images],
  )) as { predictions: { classes: { name: string }[] }[] };
  expect(predictions.map(({ classes }) => classes[0]!.name)).toEqual(['dark', 'bright']);
  const inspected = await askCli(home, 'data', 'inspect', space.root);
  expect(inspected).toMatchObject({ kind: 'folder', splits: { train: 43, val: 5 } });
});

test('A file that is no image costs its own prediction; why is written into a folder.', async () => {
  const home = `${space.cache}-home`;
  const [run] = ((await askCli(home, 'runs', 'list')) as { runs: { id: string }[] }).runs;
  if (run === undefined) throw new Error('The test before has trained nothing.');
  const images = ['dark/0.png', 'bright/0.png'].map((name) => `${space.root}/${name}`);
  const shown = `${space.cache}-shown`;
  fs.mkdirSync(shown);
  fs.copyFileSync(images[0]!, `${shown}/a.png`);
  fs.writeFileSync(`${shown}/b.png`, fs.readFileSync(images[1]!).subarray(0, 60));
  fs.writeFileSync(`${shown}/note.txt`, 'not an image');
  const several = await runCli(home, 'predict', '--run', run.id, '--images', shown, '--json');
  expect(several.exitCode).toBe(2);
  expect(JSON.parse(several.stdout)).toMatchObject({
    predictions: [{ file: `${shown}/a.png`, classes: [{ name: 'dark' }, { name: 'bright' }] }],
    failed: [{ file: `${shown}/b.png`, error: { code: 'bad-image' } }],
    leftOut: [`${shown}/note.txt`],
  });

  const why = `${space.cache}-why`;
  const occlusion = ['--method', 'occlusion', '--patch', '8', '--stride', '8', '--class', 'bright'];
  const explained = await askCli(home, 'explain', run.id, images[0]!, ...occlusion, '--out', why);
  expect(explained).toMatchObject({
    run: run.id,
    method: 'occlusion',
    files: ['input.png', 'map.png', 'overlay.png', 'explanation.json'],
    classes: [{ name: 'dark' }, { name: 'bright' }],
  });
  const { explanation } = JSON.parse(fs.readFileSync(`${why}/explanation.json`, 'utf8')) as {
    explanation: { target: number; values: number[] };
  };
  expect(explanation.values).toHaveLength(SIZE.width * SIZE.height);
  const refused = await runCli(
    home,
    'explain',
    run.id,
    images[0]!,
    '--block',
    'layer9.9',
    '--out',
    why,
  );
  expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining('no-such-unit')]);
});

test('Data that can not be trained on is refused, and no run is left behind.', async () => {
  const home = `${space.cache}-home`;
  const before = (await askCli(home, 'runs', 'list')) as { total: number };
  fs.mkdirSync(`${space.cache}-empty`, { recursive: true });
  for (const [folder, code] of [
    [`${space.root}/dark`, 'no-class-folders'],
    [`${space.cache}-empty`, 'no-images'],
    [`${space.root}/dark/0.png`, 'not-a-dataset'],
  ] as const) {
    const ended = await runCli(home, 'train', '--data', folder, '--arch', 'mini-basic-a');
    expect([ended.exitCode, ended.stderr]).toEqual([2, expect.stringContaining(`error[${code}]`)]);
  }
  expect(await askCli(home, 'runs', 'list')).toMatchObject({ total: before.total });
});
