import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runSpecs, type TrainOptions } from './run-spec.ts';

const least: TrainOptions = { data: 'builtin:shapes', arch: 'resnet20' };

function fileWith(name: string, content: string): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-cli-'));
  onTestFinished(() => {
    fs.rmSync(folder, { recursive: true, force: true });
  });
  const file = path.join(folder, name);
  fs.writeFileSync(file, content);
  return file;
}

test('Without options it is the quick recipe with seed 0.', () => {
  const [spec] = runSpecs(least);
  expect(spec).toMatchObject({
    seed: 0,
    recipe: { name: 'quick' },
    architecture: { name: 'resnet20' },
  });
  expect(spec?.group).toBeUndefined();
});

test('Several seeds are several runs of one group.', () => {
  const specs = runSpecs({ ...least, seed: '3,1,2' });
  expect(specs.map((spec) => [spec.seed, spec.group])).toEqual([
    [3, 'resnet20'],
    [1, 'resnet20'],
    [2, 'resnet20'],
  ]);
});

test('Every option reaches its place.', () => {
  const [spec] = runSpecs({
    ...least,
    data: 'photos',
    epochs: '2.5',
    batch: '32',
    weights: 'w.safetensors',
    shuffle: 'off',
    augment: 'standard',
    normalize: '0.5,0.5,0.5/0.25,0.25,0.25',
    diagnostics: '0',
    name: 'n',
    group: 'g',
  });
  expect(spec).toMatchObject({
    name: 'n',
    group: 'g',
    data: { source: path.resolve('photos') },
    weights: path.resolve('w.safetensors'),
    recipe: {
      length: { kind: 'epochs', epochs: 2.5 },
      batch: 32,
      shuffle: false,
      augmentation: { kind: 'pad-crop-flip', pad: 4, flip: true },
      normalization: { kind: 'fixed', mean: [0.5, 0.5, 0.5], deviation: [0.25, 0.25, 0.25] },
      diagnosticsEvery: 0,
    },
  });
});

test('A recipe and an architecture can be files.', () => {
  const recipe = fileWith('r.json', '\uFEFF{"batch": 8, "length": {"kind": "steps", "steps": 5}}');
  const arch = fileWith(
    'a.json',
    '{"stem":{"kind":"cifar","width":8},"stages":[{"blocks":1,"width":8}],"block":{"kind":"basic"},"shortcut":"A"}',
  );
  const [spec] = runSpecs({ ...least, arch, recipe });
  expect(spec).toMatchObject({
    architecture: { name: 'custom', stem: { width: 8 } },
    recipe: { batch: 8, length: { steps: 5 } },
  });
});

test.each<[Partial<TrainOptions>, string, string]>([
  [{ epochs: '0' }, 'bad-option', '--epochs must be a number above 0, not "0"'],
  [{ epochs: 'many' }, 'bad-option', '--epochs must be a number above 0, not "many"'],
  [{ epochs: '1', steps: '1' }, 'bad-option', '--epochs and --steps both say'],
  [{ steps: '1.5' }, 'bad-option', '--steps must be a whole number of at least 1, not "1.5"'],
  [{ batch: '' }, 'bad-option', '--batch must be a whole number'],
  [{ seed: '1,1' }, 'bad-option', '--seed has 1 twice'],
  [{ seed: '-1' }, 'bad-option', '--seed must be a whole number of at least 0'],
  [{ shuffle: 'yes' }, 'bad-option', '--shuffle must be on or off, not "yes"'],
  [{ augment: 'padcropflip' }, 'bad-option', 'did you mean pad-crop-flip?'],
  [{ normalize: '0.5/0' }, 'bad-option', '--normalize must be auto, per-pixel or'],
  [{ normalize: '0.5,0.5/0.2' }, 'bad-option', '--normalize must be auto, per-pixel or'],
  [{ normalize: '0.5,/0.2,0.2' }, 'bad-option', '--normalize must be auto, per-pixel or'],
  [{ diagnostics: '-3' }, 'bad-option', '--diagnostics must be a whole number of at least 0'],
  [{ arch: 'resnet21' }, 'unknown-architecture', 'Close to it: resnet20'],
  [{ arch: 'nothing.json' }, 'not-found', 'there is no such file'],
  [{ recipe: 'fast' }, 'unknown-recipe', 'There is no recipe "fast"; there are: quick'],
])('%j is refused as %s.', (options, code, sentence) => {
  expect(() => runSpecs({ ...least, ...options })).toThrow(
    expect.objectContaining({
      code,
      fault: 'input',
      message: expect.stringContaining(sentence) as string,
    }),
  );
});

test.each([
  ['{"batch": 8,}', 'bad-json', 'is not JSON'],
  ['{"bacth": 8}', 'bad-recipe', 'did you mean "batch"?'],
  ['{"schedule": {"kind": "cosine"}}', 'bad-recipe', 'schedule.rate is missing'],
  ['[]', 'bad-recipe', 'The recipe must be an object'],
])('The recipe file %s is refused as %s.', (content, code, sentence) => {
  const recipe = fileWith('r.json', content);
  expect(() => runSpecs({ ...least, recipe })).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(sentence) as string }),
  );
});

test('A name or group that is too long is refused by the name of its option.', () => {
  for (const option of ['name', 'group'] as const) {
    const options = { data: 'builtin:shapes', arch: 'resnet20', [option]: 'x'.repeat(201) };
    expect(() => runSpecs(options)).toThrow(
      expect.objectContaining({ code: 'bad-option', path: `--${option}` }) as Error,
    );
  }
});

test('Pixel rules of the library are taken where the command says nothing else.', () => {
  const options = { ...least, data: '/data/x' };
  expect(runSpecs(options)[0]?.data).toMatchObject({ ground: 'white', damaged: 'accept' });
  const rules = { depth: '0..4095', ground: 'black', damaged: 'reject' } as const;
  const [spec] = runSpecs({ ...options, set: ['data.ground=grey'] }, rules);
  expect(spec?.data).toMatchObject({ depth: '0..4095', ground: 'grey' });
  expect(spec?.data.damaged).not.toBe('accept');
});
