import { expect, test } from 'vitest';
import { classify, pickedFromInput, pickedOf, promiseOf, type Picked } from './dropped.ts';

function picked(file: File): Picked {
  return { name: file.name, files: [{ path: file.name, file }], top: file, isFolder: false };
}

function safetensors(header: object): File {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const size = new DataView(new ArrayBuffer(8));
  size.setBigUint64(0, BigInt(json.length), true);
  return new File([size.buffer, json], 'x.safetensors');
}

test('a JSON file is a spec, an archive a dataset', async () => {
  expect(await classify(picked(new File(['{}'], 'net.json')))).toMatchObject({ kind: 'spec' });
  expect(await classify(picked(new File([''], 'pets.zip')))).toMatchObject({ kind: 'dataset' });
});

test('a safetensors file is a dataset if it holds images, and weights if it does not', async () => {
  expect((await classify(picked(safetensors({ images: {}, labels: {} })))).kind).toBe('dataset');
  expect((await classify(picked(safetensors({ 'fc.weight': {} })))).kind).toBe('weights');
});

test('a file that is too short to tell is left to the host', async () => {
  expect((await classify(picked(new File(['abc'], 'x.safetensors')))).kind).toBe('dataset');
});

test('files chosen with their folder keep their paths and its name', () => {
  const file = new File([''], '1.png');
  Object.defineProperty(file, 'webkitRelativePath', { value: 'pets/cat/1.png' });
  expect(pickedFromInput([file])).toMatchObject({
    name: 'pets',
    isFolder: true,
    files: [{ path: 'pets/cat/1.png' }],
  });
  expect(pickedFromInput([])).toBeUndefined();
});

test('the window says what it would do with what is held over it', () => {
  expect(promiseOf([{ kind: 'file', type: 'application/json' }])).toContain('spec');
  expect(promiseOf([{ kind: 'file', type: 'application/zip' }])).toContain('archive');
  expect(promiseOf([{ kind: 'file', type: '' }])).toContain('folder');
});

test('a drop without entries is taken by its files', async () => {
  const file = new File(['{}'], 'net.json');
  expect(await pickedOf([], [file])).toMatchObject({
    name: 'net.json',
    isFolder: false,
    files: [{ path: 'net.json' }],
  });
});
