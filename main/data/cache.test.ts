import { execFileSync, spawn } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openCached } from './cache.ts';
import { openBuiltin } from './builtin.ts';
import type { Dataset } from './dataset.ts';
import { openDataset } from './open.ts';
import { writeError } from './file-errors.ts';
import type { Source, SourceRow } from './source.ts';
import { createWorkspace, mountSmall, noisePng, type Workspace } from './testing/fixtures.ts';
import { imagesOf } from './testing/images-of.ts';

const SOURCE = 'builtin:shapes?train=60&val=20&seed=5';

// Each pack that is built is forced to the disk, which a busy disk makes wait.
vi.setConfig({ testTimeout: 30_000 });

let space: Workspace;
beforeEach(() => {
  space = createWorkspace();
});
afterEach(() => space.remove());

function open(options: { source?: string } = {}): Promise<Dataset> {
  return openDataset({ source: SOURCE, cacheFolder: space.cache, ...options });
}

function packs(): string[] {
  return readdirSync(space.cache).map((name) => join(space.cache, name));
}

test('A pack is a valid safetensors file of the rows, in one file and without leftovers.', async () => {
  const dataset = await open();
  expect(packs()).toHaveLength(1);
  const { openTensorFile } = await import('./tensor-file.ts');
  const file = await openTensorFile(packs()[0]!);
  expect(file.tensors.get('train.images')?.shape).toEqual([60, 32, 32, 3]);
  expect(await file.readTensor('train.images')).toEqual(await imagesOf(dataset.splits.train));
  await file.close();
});

test.each<[string, (path: string) => void]>([
  ['cut off', (path) => truncateSync(path, statSync(path).size - 1)],
  ['emptied', (path) => truncateSync(path, 0)],
  ['given more bytes', (path) => appendFileSync(path, 'more')],
  [
    'changed in its labels',
    (path) => {
      const bytes = readFileSync(path);
      const at = 4096 + 80 * 3072 + 8;
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      writeFileSync(path, bytes);
    },
  ],
  [
    'changed in its header',
    (path) => {
      const bytes = readFileSync(path);
      bytes[20] = 0;
      writeFileSync(path, bytes);
    },
  ],
  ['replaced by something else', (path) => writeFileSync(path, 'hello, this is not a pack')],
])('A pack that was %s is built again.', async (_, damage) => {
  const before = await open();
  const pixels = await imagesOf(before.splits.train);
  damage(packs()[0]!);
  const after = await open();
  expect(after.fingerprint).toBe(before.fingerprint);
  expect(await imagesOf(after.splits.train)).toEqual(pixels);
  expect([...after.splits.train.labels]).toEqual([...before.splits.train.labels]);
  expect(packs()).toHaveLength(1);
});

test('Other parameters make another pack; the same ones find theirs.', async () => {
  await open();
  await open({ source: 'builtin:shapes?train=60&val=20&seed=6' });
  await open({ source: 'builtin:shapes?seed=5&val=20&train=60' });
  expect(packs()).toHaveLength(2);
});

test('Opening the same source many times at once ends with one sound pack.', async () => {
  const datasets = await Promise.all(Array.from({ length: 6 }, () => open()));
  expect(new Set(datasets.map((dataset) => dataset.fingerprint)).size).toBe(1);
  expect(packs()).toHaveLength(1);
});

test('Two processes that build the same pack both end well.', async () => {
  // Bundled, because Node 20 runs no TypeScript.
  const { build } = await import('esbuild');
  const script = join(space.root, 'open.mjs');
  await build({
    entryPoints: [new URL('./open.ts', import.meta.url).pathname],
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    outfile: script,
    logLevel: 'error',
  });
  // Package names resolve from the file's place: a link to ours stands beside it.
  const { symlinkSync } = await import('node:fs');
  symlinkSync(
    new URL('../../node_modules', import.meta.url).pathname,
    join(space.root, 'node_modules'),
  );
  const code = `import { openDataset } from ${JSON.stringify(script)};
    const dataset = await openDataset({ source: ${JSON.stringify(SOURCE)}, cacheFolder: ${JSON.stringify(space.cache)} });
    console.log(dataset.fingerprint);`;
  const runs = await Promise.all(
    [0, 1, 2].map(
      () =>
        new Promise<string>((resolve, reject) => {
          const child = spawn(process.execPath, ['--input-type=module', '-e', code]);
          let text = '';
          child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
          child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
          child.on('error', reject);
          child.on('close', () => resolve(text.trim()));
        }),
    ),
  );
  const { fingerprint } = await open();
  expect(runs).toEqual([fingerprint, fingerprint, fingerprint]);
  expect(packs()).toHaveLength(1);
});

test('Cancelling in the middle of building leaves nothing behind.', async () => {
  const control = new AbortController();
  const source = openBuiltin(SOURCE);
  async function* cancelledAfter(rows: AsyncIterable<SourceRow>): AsyncGenerator<SourceRow> {
    let seen = 0;
    for await (const row of rows) {
      if (++seen === 30) control.abort();
      yield row;
    }
  }
  const cancelling: Source = {
    ...source,
    read: async (...given) => {
      const content = await source.read(...given);
      return { ...content, rows: cancelledAfter(content.rows) };
    },
  };
  await expect(
    openCached(cancelling, space.cache, { signal: control.signal }),
  ).rejects.toMatchObject({
    code: 'cancelled',
    message: 'Opening the dataset was cancelled; the next time goes on with what was decoded.',
  });
  expect(readdirSync(space.cache)).toEqual([]);
});

test('A temporary file of a dead process is removed, one of a living process is not.', async () => {
  mkdirSync(space.cache);
  const [old, young] = [join(space.cache, 'a.tmp'), join(space.cache, 'b.tmp')];
  writeFileSync(old, 'x');
  writeFileSync(young, 'x');
  utimesSync(old, new Date(0), new Date(0));
  await open();
  expect([existsSync(old), existsSync(young)]).toEqual([false, true]);
});

test('A full disk is a sentence and leaves no partial file.', async (context) => {
  if (!mountSmall(space.cache)) context.skip();
  try {
    await expect(open()).rejects.toMatchObject({
      code: 'disk-full',
      message: `The disk of ${space.cache} is full (about 1 MiB are needed); free some space or choose another home with --home. No partial file was left.`,
    });
    expect(readdirSync(space.cache)).toEqual([]);
    // The same when the need was underestimated and the system says so in the middle of writing.
    const source = openBuiltin(SOURCE);
    const modest = {
      ...source,
      read: async (...watch: Parameters<typeof source.read>) => ({
        ...(await source.read(...watch)),
        expectedRows: 1,
      }),
    };
    await expect(openCached(modest, space.cache)).rejects.toMatchObject({ code: 'disk-full' });
    expect(readdirSync(space.cache)).toEqual([]);
  } finally {
    execFileSync('umount', [space.cache]);
  }
});

test('The sentences for a full or read-only disk name the folder and the way out.', () => {
  const system = (code: string): Error => Object.assign(new Error(code), { code });
  expect(writeError(system('ENOSPC'), '/c', 5_000_000).message).toBe(
    'The disk of /c is full (about 5 MiB are needed); free some space or choose another home with --home. No partial file was left.',
  );
  expect(writeError(system('EROFS'), '/c').message).toBe(
    'The cache folder /c may not be written; change its permissions or choose another home with --home.',
  );
});

test.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
  'A cache folder without rights is a sentence.',
  async () => {
    mkdirSync(space.cache);
    chmodSync(space.cache, 0o500);
    await expect(open()).rejects.toMatchObject({ code: 'cache-not-writable' });
  },
);

test('Rows are read in any order and again, each with its own pixels.', async () => {
  for (let i = 0; i < 30; i++) space.write({ [`${i % 3}/${i}.png`]: noisePng(8, i) });
  const dataset = await open({ source: space.root });
  for (const name of ['train', 'val'] as const) {
    const split = dataset.splits[name]!;
    const { count, rowBytes } = split;
    const all = await imagesOf(split);
    const indices = Int32Array.from({ length: count * 2 }, (_, i) => (i * 5 + (i >> 2)) % count);
    const read = new Uint8Array(indices.length * rowBytes);
    await split.readRows(indices, read);
    indices.forEach((row, i) => {
      const own = all.subarray(row * rowBytes, (row + 1) * rowBytes);
      expect(Buffer.compare(read.subarray(i * rowBytes, (i + 1) * rowBytes), own)).toBe(0);
    });
  }
  await dataset.close();
});

test('Statistics are those of the training pixels, computed directly.', async () => {
  const { splits, statistics } = await open();
  const images = await imagesOf(splits.train);
  const values = [0, 1, 2].map((c) =>
    Float64Array.from(
      images.filter((_, i) => i % 3 === c),
      (byte) => byte / 255,
    ),
  );
  values.forEach((channel, c) => {
    const mean = channel.reduce((sum, value) => sum + value, 0) / channel.length;
    const variance = channel.reduce((sum, value) => sum + (value - mean) ** 2, 0) / channel.length;
    expect(statistics.mean[c]).toBeCloseTo(mean, 10);
    expect(statistics.std[c]).toBeCloseTo(Math.sqrt(variance), 10);
  });
});

/** Twelve images of 512×512: three blocks of pixels. One file in the middle cannot be read. */
function writeLargeSet(): void {
  for (let i = 0; i < 12; i++) {
    const bytes = noisePng(16, i);
    space.write({
      [`${i % 2 === 0 ? 'a' : 'b'}/${i}.png`]: i === 4 ? bytes.subarray(0, 300) : bytes,
    });
  }
}

test.each<[string, (journal: string) => void]>([
  ['as it was left', () => undefined],
  ['with half a line', (journal) => truncateSync(journal, statSync(journal).size - 5)],
  [
    'with pixels that the journal does not have',
    (journal) => appendFileSync(journal.replace(/journal$/, 'pixels'), Buffer.alloc(2 ** 24)),
  ],
  ['with damaged pixels', (journal) => writeFileSync(journal.replace(/journal$/, 'pixels'), 'x')],
])('Decoding goes on where it was stopped: the same dataset, %s.', async (_, damage) => {
  writeLargeSet();
  const whole = await openDataset({
    source: space.root,
    cacheFolder: `${space.cache}-whole`,
    imageSize: 512,
  });
  const control = new AbortController();
  const stopped = openDataset({
    source: space.root,
    cacheFolder: space.cache,
    imageSize: 512,
    signal: control.signal,
    onProgress: ({ stage, done }) => {
      if (stage === 'decode' && done >= 8) control.abort();
    },
  });
  await expect(stopped.catch((error: unknown) => error)).resolves.toBeDefined();
  const [left = ''] = readdirSync(space.cache).filter((name) => name.endsWith('.part'));
  if (left !== '') damage(join(space.cache, left, 'journal'));
  const resumed = await openDataset({
    source: space.root,
    cacheFolder: space.cache,
    imageSize: 512,
  });
  expect(resumed.fingerprint).toBe(whole.fingerprint);
  expect(resumed.problems).toEqual(whole.problems);
  expect(readdirSync(space.cache)).toHaveLength(1);
  await Promise.all([whole.close(), resumed.close()]);
});
