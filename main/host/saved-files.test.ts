import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../store/testing/temporary-folder.ts';
import { saveFile, savedFiles } from './saved-files.ts';
import { addTrainedRun, emptyLibrary } from './testing/trained-library.ts';

test('A run’s checkpoints, curves and spec are named with their sizes, and saved byte by byte.', () => {
  const library = emptyLibrary();
  const id = addTrainedRun(library, { seed: 1 });
  const bytes = Buffer.from('weights of a run');
  const folder = library.runFolder(id);
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'best.safetensors'), bytes);
  const facts = { step: 8, sizeBytes: bytes.length, sha256: '0' };
  library.runs.update(id, {
    checkpoints: {
      best: { file: 'best.safetensors', ...facts },
      last: { file: 'gone.safetensors', ...facts },
    },
  });
  const run = library.runs.get(id);
  const files = savedFiles(library, run);
  expect(files.map(({ key }) => key)).toEqual(['best', 'curves', 'spec']);
  expect(files[0]).toEqual({ key: 'best', label: 'Best checkpoint, step 8', sizeBytes: 16 });
  const target = temporaryFolder();
  const saved = files.map(({ key }) => saveFile(library, run, { key, folder: target }));
  const read = saved.map((name) => fs.readFileSync(path.join(target, name)));
  expect(read[0]).toEqual(bytes);
  expect(read[1]!.toString()).toContain('train/loss');
  expect(read[2]!.length).toBe(files[2]!.sizeBytes);
  expect(JSON.parse(read[2]!.toString())).toMatchObject({ seed: 1 });
  expect(() => saveFile(library, run, { key: 'last', folder: target })).toThrow(
    expect.objectContaining({ code: 'no-such-file' }),
  );
});
