import { expect, test } from 'vitest';
import { failure } from '../../shared/errors.ts';
import type { Host } from '../client/host.ts';
import type { Picked } from './dropped.ts';
import { Upload } from './uploads.svelte.ts';

const MEBI = 1024 * 1024;

/** A library that keeps what it gets; `failAfter` bytes it is out of reach once. */
function fakeHost(options: { failAfter?: number } = {}) {
  const kept = new Map<number, Uint8Array>();
  const calls: string[] = [];
  let isBroken = false;
  const total = () => [...kept.values()].reduce((sum, bytes) => sum + bytes.length, 0);
  const host = {
    call: (name: string, input: Record<string, unknown>) => {
      calls.push(name);
      switch (name) {
        case 'datasets.beginUpload': {
          const files = input['files'] as unknown[];
          const received = files.map((_, at) => kept.get(at)?.length ?? 0);
          return Promise.resolve({ upload: 'u1', received });
        }
        case 'datasets.upload': {
          const { file, offset, bytes } = input as {
            file: number;
            offset: number;
            bytes: Uint8Array;
          };
          if (options.failAfter !== undefined && total() >= options.failAfter && !isBroken) {
            isBroken = true;
            return Promise.reject(failure('connection-lost', 'The connection was lost.'));
          }
          const before = kept.get(file) ?? new Uint8Array();
          expect(offset).toBe(before.length);
          kept.set(file, Uint8Array.from([...before, ...bytes]));
          return Promise.resolve({});
        }
        case 'datasets.finishUpload':
          return Promise.resolve({ source: '/library/pets' });
        default:
          return Promise.resolve({});
      }
    },
  } as unknown as Host;
  return { host, kept, calls, total };
}

function pets(sizes: readonly number[]): Picked {
  const files = sizes.map((size, at) => ({
    path: `pets/cat/${at}.png`,
    file: new File([new Uint8Array(size).fill(at + 1)], `${at}.png`),
  }));
  return { name: 'pets', files, top: undefined, isFolder: true };
}

test('every byte arrives once and in order, large files in pieces', async () => {
  const { host, kept, calls } = fakeHost();
  const upload = new Upload(host, pets([10, 0, 2 * MEBI + 5]), 'dataset');
  expect(await upload.run()).toBe('/library/pets');
  expect([0, 1, 2].map((at) => kept.get(at)?.length ?? 0)).toEqual([10, 0, 2 * MEBI + 5]);
  expect(calls.filter((name) => name === 'datasets.upload')).toHaveLength(3);
  expect(upload).toMatchObject({ state: 'done', sentBytes: upload.totalBytes });
});

test('after a failure it goes on with what is missing', async () => {
  const { host, total } = fakeHost({ failAfter: 20 });
  const upload = new Upload(host, pets([10, 10, 10, 10, 10, 10]), 'dataset');
  expect(await upload.run()).toBeUndefined();
  expect(upload.state).toBe('failed');
  expect(upload.isBrokenOff).toBe(true);
  expect(await upload.run()).toBe('/library/pets');
  expect(total()).toBe(60);
  expect(upload.sentBytes).toBe(60);
});

test('cancelling tells the library to forget what it has', async () => {
  const { host, calls } = fakeHost();
  const upload = new Upload(host, pets([10, 10]), 'dataset');
  const running = upload.run();
  await Promise.resolve();
  await upload.cancel();
  expect(await running).toBeUndefined();
  expect(upload.state).toBe('cancelled');
  expect(calls).not.toContain('datasets.finishUpload');
});

test('given up before the library had a name for it, it is forgotten all the same', async () => {
  const { host, calls } = fakeHost();
  const upload = new Upload(host, pets([10]), 'dataset');
  const running = upload.run();
  await upload.cancel();
  expect(await running).toBeUndefined();
  expect(calls).toEqual(['datasets.beginUpload', 'datasets.cancelUpload']);
});
