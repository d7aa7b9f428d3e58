import { expect, test } from 'vitest';
import {
  classify,
  droppedOf,
  filesOf,
  pickedFromInput,
  dropHintOf,
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

/** The names at the end of a zip archive; what they stand for is not read. */
function archive(names: readonly string[], comment = ''): File {
  const entries = names.map((name) => {
    const entry = new DataView(new ArrayBuffer(46 + name.length));
    entry.setUint32(0, 0x02014b50, true);
    entry.setUint16(28, name.length, true);
    new TextEncoder().encodeInto(name, new Uint8Array(entry.buffer, 46));
    return entry.buffer;
  });
  const end = new DataView(new ArrayBuffer(22));
  const size = entries.reduce((sum, { byteLength }) => sum + byteLength, 0);
  end.setUint32(0, 0x06054b50, true);
  end.setUint32(12, size, true);
  end.setUint32(16, 4, true);
  return new File(['data', ...entries, end.buffer, comment], 'x.zip');
}

test('a zip archive is a report bundle by what it holds, else a dataset', async () => {
  const kindOf = async (file: File) => (await classify(picked(file))).kind;
  expect(await kindOf(archive(['bundle.json', 'runs/r-1/run.json']))).toBe('bundle');
  expect(await kindOf(archive(['bundle.json', 'report.json'], 'a comment'))).toBe('bundle');
  expect(await kindOf(archive(['train/cat/1.png', 'bundle.json.png']))).toBe('dataset');
  expect(await kindOf(archive(['bundle.json', 'cat/1.png']))).toBe('dataset');
  expect(
    await kindOf(new File(['no archive at all, but longer than the end of one'], 'x.zip')),
  ).toBe('dataset');
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
  expect(dropHintOf([{ kind: 'file', type: 'application/json' }])).toContain('spec');
  expect(dropHintOf([{ kind: 'file', type: 'application/zip' }])).toContain(
    'report bundle is imported',
  );
  expect(dropHintOf([{ kind: 'file', type: '' }])).toContain('folder');
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
