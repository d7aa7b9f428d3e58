import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { datasets } from '../../../shared/contract/app/datasets.ts';
import { failure, inputError } from '../../../shared/errors.ts';
import type { GivenInput } from '../../../shared/rpc/contract-types.ts';
import { temporaryFolder } from '../testing/host-fixtures.ts';
import { requireDistinct, safeName, uploadSegments } from './upload-paths.ts';
import { UploadService, type UploadHandlers } from './uploads.ts';

const context = {
  signal: new AbortController().signal,
  client: { id: 'test', closed: new AbortController().signal },
};

function service(folder = temporaryFolder(), used: ReadonlySet<string> = new Set()) {
  const uploads = new UploadService({ libraryFolder: folder, isUsed: (id) => used.has(id) });
  const call = <N extends keyof UploadHandlers>(name: N, input: GivenInput<(typeof datasets)[N]>) =>
    (uploads.handlers[name] as (given: unknown, with_: unknown) => ReturnType<UploadHandlers[N]>)(
      datasets[name].input.parse(input),
      context,
    );
  const send = (upload: string, file: number, offset: number, text: string) =>
    call('datasets.upload', { upload, file, offset, bytes: new Uint8Array(Buffer.from(text)) });
  return { folder, uploads, call, send };
}

const photos = {
  name: 'photos',
  files: [
    { path: 'photos/cat/1.png', sizeBytes: 6 },
    { path: 'photos/dog/2.png', sizeBytes: 3 },
    { path: 'photos/dog/empty.png', sizeBytes: 0 },
  ],
};

test('A folder arrives in pieces and becomes a dataset with its own name.', async () => {
  const used = new Set<string>();
  const { call, send, folder } = service(temporaryFolder(), used);
  const { upload, received } = await call('datasets.beginUpload', photos);
  expect(received).toEqual([0, 0, 0]);
  await Promise.all([send(upload, 0, 0, 'abc'), send(upload, 1, 0, 'xyz')]);
  await expect(call('datasets.finishUpload', { upload })).rejects.toMatchObject({
    code: 'upload-incomplete',
  });
  await send(upload, 0, 3, 'def');
  const { source } = await call('datasets.finishUpload', { upload });
  expect(source).toBe(path.join(folder, 'uploads', upload, 'files', 'photos'));
  expect(fs.readFileSync(path.join(source, 'cat/1.png'), 'utf8')).toBe('abcdef');
  expect(fs.readFileSync(path.join(source, 'dog/empty.png'), 'utf8')).toBe('');
  // Dropped once more: nothing has to be sent.
  const again = await call('datasets.beginUpload', photos);
  expect(again).toEqual({ upload, received: [6, 3, 0] });
  expect(await call('datasets.finishUpload', { upload })).toEqual({ source });
  used.add(upload);
  await call('datasets.cancelUpload', { upload });
  expect(fs.existsSync(source)).toBe(true);
});

test('What was begun is listed with how much is there until it is cancelled or has arrived.', async () => {
  const before = service();
  const { upload } = await before.call('datasets.beginUpload', photos);
  await before.send(upload, 0, 0, 'abcd');
  const entry = { upload, name: 'photos', fileCount: 3, sizeBytes: 9 };
  expect(await before.uploads.pending()).toMatchObject([
    { ...entry, receivedBytes: 4, source: null },
  ]);
  await before.send(upload, 0, 4, 'ef');
  expect(await before.uploads.pending()).toMatchObject([{ ...entry, receivedBytes: 6 }]);
  // After a restart, from the disk.
  const after = service(before.folder);
  expect(await after.uploads.pending()).toMatchObject([{ ...entry, receivedBytes: 6 }]);
  const other = await after.call('datasets.beginUpload', { ...photos, name: 'other' });
  expect(await after.uploads.pending()).toHaveLength(2);
  await after.call('datasets.cancelUpload', { upload: other.upload });
  await after.send(upload, 1, 0, 'xyz');
  const { source } = await after.call('datasets.finishUpload', { upload });
  expect(await after.uploads.pending()).toMatchObject([{ ...entry, receivedBytes: 9, source }]);
});

test('After a restart an upload goes on where it was.', async () => {
  const before = service();
  const { upload } = await before.call('datasets.beginUpload', photos);
  await before.send(upload, 0, 0, 'abcd');
  const after = service(before.folder);
  const again = await after.call('datasets.beginUpload', photos);
  expect(again).toEqual({ upload, received: [4, 0, 0] });
  await expect(after.send(upload, 0, 3, 'x')).rejects.toMatchObject({
    code: 'upload-offset',
    details: { expected: 4, given: 3 },
  });
  await after.send(upload, 0, 4, 'ef');
});

test('More than was announced is refused, and what is there stays as it was.', async () => {
  const { call, send, folder } = service();
  const { upload } = await call('datasets.beginUpload', photos);
  await send(upload, 1, 0, 'xy');
  await expect(send(upload, 1, 2, 'zz')).rejects.toMatchObject({ code: 'upload-too-long' });
  const file = path.join(folder, 'uploads', upload, 'files/photos/dog/2.png');
  expect(fs.readFileSync(file, 'utf8')).toBe('xy');
  await expect(send(upload, 9, 0, 'a')).rejects.toMatchObject({ code: 'no-such-file' });
});

test('A lone file stays a file, and loose files get a folder.', async () => {
  const { call, send } = service();
  const lone = { name: 'x', files: [{ path: 'data.safetensors', sizeBytes: 1 }] };
  const one = await call('datasets.beginUpload', lone);
  await send(one.upload, 0, 0, 'a');
  const { source } = await call('datasets.finishUpload', { upload: one.upload });
  expect(fs.statSync(source).isFile()).toBe(true);
  const loose = {
    name: 'My: pictures',
    files: [
      { path: 'cat/a.png', sizeBytes: 1 },
      { path: 'dog/b.png', sizeBytes: 1 },
    ],
  };
  const two = await call('datasets.beginUpload', loose);
  await send(two.upload, 0, 0, 'a');
  await send(two.upload, 1, 0, 'b');
  const folder = (await call('datasets.finishUpload', { upload: two.upload })).source;
  expect(path.basename(folder)).toBe('My- pictures');
  expect(fs.readdirSync(folder)).toEqual(['cat', 'dog']);
});

test('A cancelled upload leaves nothing, an abandoned one goes after a week.', async () => {
  const { call, send, uploads, folder } = service();
  const { upload } = await call('datasets.beginUpload', photos);
  await send(upload, 0, 0, 'abc');
  await call('datasets.cancelUpload', { upload });
  const home = path.join(folder, 'uploads');
  expect(fs.readdirSync(home)).toEqual([]);
  await call('datasets.beginUpload', photos);
  await uploads.clean();
  expect(fs.readdirSync(home)).toEqual([upload]);
  const longAgo = new Date(Date.now() - 8 * 24 * 3600 * 1000);
  fs.utimesSync(path.join(home, upload), longAgo, longAgo);
  await uploads.clean();
  expect(fs.readdirSync(home)).toEqual([]);
});

test('Images that lie in no folder are refused, and nothing of them stays.', async () => {
  const { call, send, folder } = service();
  const file = { path: 'photo.JPG', sizeBytes: 3 };
  const { upload } = await call('datasets.beginUpload', { name: 'photo.JPG', files: [file] });
  await send(upload, 0, 0, 'abc');
  await expect(call('datasets.finishUpload', { upload })).rejects.toMatchObject({
    code: 'images-without-folder',
  });
  expect(fs.readdirSync(path.join(folder, 'uploads'))).toEqual([]);
});

test('What arrived and became nothing is removed after a week; what the library reads stays.', async () => {
  const used = new Set<string>();
  const { call, send, folder, uploads } = service(temporaryFolder(), used);
  const file = { path: 'notes.pdf', sizeBytes: 3 };
  const { upload } = await call('datasets.beginUpload', { name: 'notes.pdf', files: [file] });
  await send(upload, 0, 0, 'abc');
  await call('datasets.finishUpload', { upload });
  const home = path.join(folder, 'uploads');
  const longAgo = new Date(Date.now() - 8 * 24 * 3600 * 1000);
  fs.utimesSync(path.join(home, upload), longAgo, longAgo);
  used.add(upload);
  await uploads.clean();
  expect(fs.readdirSync(home)).toEqual([upload]);
  used.clear();
  await uploads.clean();
  expect(fs.readdirSync(home)).toEqual([]);
});

test('What has arrived is listed until the library reads it, and given up as long as it does not.', async () => {
  const used = new Set<string>();
  const { call, send, folder, uploads } = service(temporaryFolder(), used);
  const { upload } = await call('datasets.beginUpload', photos);
  await send(upload, 0, 0, 'abcdef');
  await send(upload, 1, 0, 'xyz');
  const { source } = await call('datasets.finishUpload', { upload });
  expect(await uploads.pending()).toMatchObject([{ upload, source, purpose: 'dataset' }]);
  used.add(upload);
  expect(await uploads.pending()).toEqual([]);
  expect(await uploads.discard(source)).toBe(false);
  expect(fs.existsSync(source)).toBe(true);
  used.clear();
  // Neither a place of the user's own nor what only looks like an upload.
  for (const other of [temporaryFolder(), path.join(folder, 'uploads'), 'builtin:shapes', '']) {
    expect(await uploads.discard(other)).toBe(false);
  }
  expect(fs.existsSync(source)).toBe(true);
  await call('datasets.discardUpload', { source });
  expect(fs.readdirSync(path.join(folder, 'uploads'))).toEqual([]);
  expect(await uploads.pending()).toEqual([]);
});

test('A refused upload is removed and its error says so; a question or a full disk keeps it.', async () => {
  const { call, send, folder, uploads } = service();
  const file = { path: 'notes.pdf', sizeBytes: 3 };
  const { upload } = await call('datasets.beginUpload', { name: 'notes.pdf', files: [file] });
  await send(upload, 0, 0, 'abc');
  const { source } = await call('datasets.finishUpload', { upload });
  const fails = (error: Error) => uploads.removingRefused(source, () => Promise.reject(error));
  const question = inputError('ambiguous-layout', 'Which?');
  await expect(fails(question)).rejects.toBe(question);
  const full = failure('disk-full', 'Full.');
  await expect(fails(full)).rejects.toBe(full);
  expect(fs.existsSync(source)).toBe(true);
  await expect(fails(inputError('no-dataset', 'It is none.', { path: 'x' }))).rejects.toMatchObject(
    {
      ...{ code: 'no-dataset', path: 'x', details: { notKept: true } },
      message: 'It is none. The upload was not kept; mend it and drop it again.',
    },
  );
  expect(fs.readdirSync(path.join(folder, 'uploads'))).toEqual([]);
  // Somebody's own folder is not touched, and its error stays as it was.
  const own = inputError('no-dataset', 'It is none.');
  await expect(uploads.removingRefused(temporaryFolder(), () => Promise.reject(own))).rejects.toBe(
    own,
  );
});

test('A piece that was on its way when its upload was cancelled brings nothing back.', async () => {
  const { call, send, folder } = service();
  const { upload } = await call('datasets.beginUpload', photos);
  const cancelled = call('datasets.cancelUpload', { upload });
  const late = send(upload, 0, 0, 'abc');
  await expect(late).rejects.toMatchObject({ code: 'no-such-upload' });
  await cancelled;
  expect(fs.readdirSync(path.join(folder, 'uploads'))).toEqual([]);
});

test('More than the disk can take is refused before the first byte.', async () => {
  const { call } = service();
  const huge = { name: 'huge', files: [{ path: 'a/b.png', sizeBytes: 2 ** 60 }] };
  await expect(call('datasets.beginUpload', huge)).rejects.toMatchObject({ code: 'disk-full' });
});

test.each(['..', '../../library.db', 'u-', 'u-0000/../..', ''])(
  'The upload %j is none.',
  async (upload) => {
    const { call } = service();
    await expect(call('datasets.cancelUpload', { upload })).rejects.toMatchObject({
      code: 'no-such-upload',
    });
  },
);

test.each([
  ['/etc/passwd', 'absolute'],
  ['a//b', 'an empty part'],
  ['a/../b', 'another folder'],
  ['./a', 'another folder'],
  ['a\0b', 'characters'],
  ['a\\..\\b', 'characters'],
  ['C:x', 'characters'],
  ['a/nul', 'Windows'],
  ['a/COM1.png', 'Windows'],
  ['a/b.', 'a dot or a space'],
  ['a/b /c', 'a dot or a space'],
  ['x'.repeat(300), 'too long'],
  ['a/'.repeat(100) + 'b', 'folders deep'],
])('The path %j is refused: %s.', (given, why) => {
  expect(() => uploadSegments(given)).toThrow(why);
});

test('Ordinary paths pass, whatever their letters.', () => {
  expect(uploadSegments('Bäume & Co/IMG (1).jpeg')).toEqual(['Bäume & Co', 'IMG (1).jpeg']);
  expect(uploadSegments('a/.hidden/console.png')).toHaveLength(3);
});

test('Paths that would be one file elsewhere are refused.', () => {
  expect(() => requireDistinct(['a/B.png', 'a/b.png'])).toThrow('same file');
  expect(() => requireDistinct(['a', 'a/b'])).toThrow('same file');
  expect(() => requireDistinct(['a/b', 'a/c', 'b/b'])).not.toThrow();
});

test('Names of folders are made safe.', () => {
  expect(safeName('../..')).toBe('-');
  expect(safeName('con')).toBe('upload-con');
  expect(safeName('Summer 2024')).toBe('Summer 2024');
});
