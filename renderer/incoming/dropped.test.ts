import { expect, test } from 'vitest';
import {
  classify,
  droppedOf,
  filesOf,
  pickedFromInput,
  promiseOf,
  type Picked,
  type Walk,
} from './dropped.ts';

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
  expect(droppedOf([], [file])).toEqual({ name: 'net.json', isFolder: false, top: file });
  expect(await filesOf([], [file], walk())).toEqual([{ path: 'net.json', file }]);
});

test('a dropped folder is listed whole, in order, without hidden files', async () => {
  const cats = folder('/pets/cat', [leaf('/pets/cat/1.png'), leaf('/pets/cat/.DS_Store')]);
  const dogs = folder('/pets/dog', [leaf('/pets/dog/2.png'), leaf('/pets/dog/3.png')]);
  const pets = folder('/pets', [cats, dogs, folder('/pets/.git', [leaf('/pets/.git/HEAD')])]);
  let count = 0;
  const files = await filesOf([pets], [], walk({ onFound: (found) => (count += found) }));
  expect(files.map(({ path }) => path)).toEqual([
    'pets/cat/1.png',
    'pets/dog/2.png',
    'pets/dog/3.png',
  ]);
  expect(count).toBe(3);
});

test('listing a folder ends when it is stopped', async () => {
  const stop = new AbortController();
  const pets = folder('/pets', [
    leaf('/pets/1.png'),
    folder('/pets/more', [leaf('/pets/more/2.png')]),
  ]);
  const listed = filesOf([pets], [], walk({ signal: stop.signal, onFound: () => stop.abort() }));
  await expect(listed).rejects.toThrow('aborted');
});

function walk(part: Partial<Walk> = {}): Walk {
  return { onFound: () => undefined, signal: new AbortController().signal, ...part };
}

/** As a browser hands out what was dropped: some entries at a time, then none. */
function folder(fullPath: string, children: readonly FileSystemEntry[]): FileSystemEntry {
  const createReader = () => {
    let at = 0;
    return {
      readEntries: (take: (some: FileSystemEntry[]) => void) =>
        setTimeout(() => take(children.slice(at, ++at)), 0),
    };
  };
  return { ...entryOf(fullPath), isDirectory: true, createReader } as FileSystemEntry;
}

function leaf(fullPath: string): FileSystemEntry {
  const { name } = entryOf(fullPath);
  const file = (take: (file: File) => void) => setTimeout(() => take(new File([''], name)), 0);
  return { ...entryOf(fullPath), isFile: true, file } as FileSystemEntry;
}

function entryOf(fullPath: string): Partial<FileSystemEntry> & { readonly name: string } {
  return { fullPath, name: fullPath.split('/').at(-1) ?? '', isFile: false, isDirectory: false };
}
