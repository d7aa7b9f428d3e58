import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import type { Dataset } from '../dataset.ts';
import type { Decoded } from '../image-decoder.ts';
import type { ImageFile } from '../image-file.ts';
import { openDataset, type OpenOptions } from '../open.ts';
import {
  createWorkspace,
  flatGreyJpeg,
  gif,
  jpeg,
  noisePng,
  type Workspace,
} from '../testing/fixtures.ts';
import { decodeFile } from './decode-batch.ts';
import { openDecoderPool, type Decoders } from './decoder-pool.ts';
import { bundle, watchDecoders, type WatchedDecoders } from './testing/watched-decoders.ts';

let space: Workspace;
let watched: WatchedDecoders;
beforeEach(async () => {
  space = createWorkspace();
  watched = await watchDecoders();
});
afterEach(() => space.remove());

const fitting = { shape: { height: 24, width: 24, channels: 3 }, policy: 'crop' } as const;
const deadly = Buffer.concat([noisePng(16, 99), Buffer.from('crash the decoder')]);

function pool(processes = 2): Decoders {
  const decoders = openDecoderPool({ program: watched.program, fitting, processes });
  onTestFinished(() => decoders.close());
  return decoders;
}

function write(files: Readonly<Record<string, Uint8Array | string>>): ImageFile[] {
  space.write(files);
  return Object.keys(files).map((name) => ({ path: space.path(name) }));
}

const noise = (count: number): Record<string, Uint8Array> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`${i}.png`, noisePng(16, i)]));

async function here(files: readonly ImageFile[]): Promise<unknown[]> {
  return told(await Promise.all(files.map((file) => decodeFile(file, fitting))));
}

/** Pixels as their digest: a difference of thousands of numbers would tell less. */
function told(decoded: readonly Decoded[]): unknown[] {
  return decoded.map((one) =>
    'reason' in one
      ? one
      : { ...one, pixels: createHash('sha256').update(one.pixels).digest('hex') },
  );
}

test('Processes decode to the bits that this one does, with the same reasons, in order.', async () => {
  const photo = await jpeg(40, 30, (x, y, c) => x * 4 + y + c * 30);
  const files = write({
    ...noise(20),
    'photo.jpg': photo,
    'grey.jpg': flatGreyJpeg(16, 8, 90),
    'moving.gif': gif(9, 7, [(x, y) => x * 20 + y]),
    'cut.jpg': photo.subarray(0, -30),
    'text.png': 'hello',
    'empty.png': '',
  });
  const all = [...files, { path: space.path('nowhere.png') }];
  const decoders = pool();
  const batches = [all.slice(0, 11), all.slice(11, 12), all.slice(12)];
  const decoded = await Promise.all(batches.map((batch) => decoders.decode(batch)));
  expect(told(decoded.flat())).toEqual(await here(all));
  decoders.close();
  await watched.allGone();
});

test('A file that crashes the decoder costs itself, wherever it is among others.', async () => {
  const good = write(noise(12));
  const [bad] = write({ 'bad.png': deadly }) as [ImageFile];
  const files = [bad, ...good.slice(0, 5), bad, ...good.slice(5), bad];
  const decoders = pool();
  const decoded = await Promise.all([decoders.decode(files), decoders.decode(good)]);
  const expected = await here(good);
  const crashed = { reason: 'crashes the decoder (SIGABRT)' };
  expect(decoded.map(told)).toEqual([
    [crashed, ...expected.slice(0, 5), crashed, ...expected.slice(5), crashed],
    expected,
  ]);
  decoders.close();
});

test('A decoder that somebody kills costs nothing.', async () => {
  const files = write(noise(200));
  const decoders = pool();
  const batches = Array.from({ length: 20 }, (_, i) => files.slice(i * 10, i * 10 + 10));
  let kills = 0;
  const decoded = await Promise.all(
    batches.map(async (batch, i) => {
      const answer = await decoders.decode(batch);
      // In the middle: others are under way and waiting.
      if (i === 3 || i === 9) for (const pid of watched.running) if (kill(pid)) kills++;
      return answer;
    }),
  );
  expect(kills).toBeGreaterThan(1);
  expect(told(decoded.flat())).toEqual(await here(files));
  decoders.close();
  await watched.allGone();
});

function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false; // it has ended meanwhile
  }
}

test('Decoders end with their owner, however it ends.', async () => {
  const [image] = write({ '1.png': noisePng(64, 1) }) as [ImageFile];
  const script = await bundle('decode-forever.ts', join(dirname(watched.program), 'owner.mjs'));
  const owner = spawn(process.execPath, [script, watched.program, image.path]);
  onTestFinished(() => void owner.kill('SIGKILL'));
  await vi.waitUntil(() => watched.running.size >= 2, { timeout: 30_000 });
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  await watched.allGone();
});

test('Closed, the pool ends its processes and whoever waits hears why.', async () => {
  const files = write(noise(100));
  const decoders = pool();
  await decoders.decode(files);
  const waiting = Array.from({ length: 6 }, () => decoders.decode(files));
  const reason = new Error('enough');
  decoders.close(reason);
  for (const one of [...waiting, decoders.decode(files)]) await expect(one).rejects.toBe(reason);
  await watched.allGone();
});

test('A program that is missing, or ends at once, is a sentence.', async () => {
  const program = space.path('nothing.js');
  const decoders = openDecoderPool({ program, fitting, processes: 2 });
  await expect(decoders.decode(write(noise(2)))).rejects.toMatchObject({
    code: 'decoder-not-started',
    message: expect.stringContaining(
      `The image decoder ${program} cannot be started (exit code 1); it may have been rebuilt meanwhile. Start again.`,
    ) as string,
  });
});

test('No more processes are started than there is work for.', async () => {
  const decoders = pool(8);
  await decoders.decode(write(noise(30)));
  await vi.waitUntil(() => watched.started() > 0);
  decoders.close();
  await watched.allGone();
  expect(watched.started()).toBe(1);
});

function open(options: Partial<OpenOptions> = {}): Promise<Dataset> {
  return openDataset({
    ...{ source: space.root, cacheFolder: space.cache, valFraction: 0, imageSize: 512 },
    ...options,
  });
}

function writeFolder(): void {
  for (let i = 0; i < 80; i++) space.write({ [`${i % 2 ? 'a' : 'b'}/${i}.png`]: noisePng(16, i) });
  space.write({ 'a/5.png': noisePng(16, 5).subarray(0, 300) });
}

test('A folder that processes decode is the dataset that this one decodes; a crash is a problem of one file.', async () => {
  writeFolder();
  const decoderProgram = watched.program;
  const same = await open({ decoderProgram });
  const expected = await open({ cacheFolder: `${space.cache}-here` });
  expect(same.fingerprint).toBe(expected.fingerprint);
  expect(same.problems).toEqual(expected.problems);
  space.write({ 'b/bad.png': deadly });
  const { problems, splits } = await open({ decoderProgram });
  expect(problems.at(-1)).toEqual({ source: 'b/bad.png', reason: 'crashes the decoder (SIGABRT)' });
  expect(splits.train.count).toBe(expected.splits.train.count);
});

test('Cancelled in the middle, the processes end, and the next opening goes on.', async () => {
  writeFolder();
  const expected = await open({ cacheFolder: `${space.cache}-here` });
  const decoderProgram = watched.program;
  const control = new AbortController();
  let most = 0;
  const stopped = open({
    decoderProgram,
    signal: control.signal,
    onProgress: ({ stage, done }) => {
      if (stage !== 'decode' || done === 0) return;
      most = Math.max(most, done);
      control.abort();
    },
  });
  await expect(stopped).rejects.toMatchObject({ code: 'cancelled' });
  await watched.allGone();
  const counts: number[] = [];
  const resumed = await open({
    decoderProgram,
    onProgress: ({ stage, done }) => {
      if (stage === 'decode') counts.push(done);
    },
  });
  expect(resumed.fingerprint).toBe(expected.fingerprint);
  expect(resumed.problems).toEqual(expected.problems);
  expect(readdirSync(space.cache)).toHaveLength(1);
});
