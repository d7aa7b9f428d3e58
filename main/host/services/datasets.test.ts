import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { zipOf } from '../../data/archive/testing/archives.ts';
import { noisePng } from '../../data/testing/fixtures.ts';
import type { DatasetReport } from '../../../shared/contract/app/datasets.ts';
import { testApp } from '../testing/app-fixture.ts';
import { temporaryFolder, testHost } from '../testing/host-fixtures.ts';
import { completePath } from './complete-path.ts';

const source = 'builtin:shapes?train=40&val=20';

interface ScanEvent {
  readonly kind: 'progress' | 'report';
  readonly report?: DatasetReport;
}

test('The built-in data is offered before it was ever opened, and once only after.', async () => {
  const app = testApp((await testHost('finish')).parts);
  const before = (await app.ask('datasets.list', {})).datasets;
  expect(before.at(-1)).toMatchObject({ source: 'builtin:shapes', isPresent: true });
  const scan = app.follow('datasets.scan', { source });
  await expect.poll(() => (scan.events.at(-1) as ScanEvent | undefined)?.kind).toBe('report');
  const { report } = scan.events.at(-1) as Required<ScanEvent>;
  expect(report.card).toMatchObject({ source, counts: { train: 40, val: 20, test: 0 } });
  expect(report.classes).toHaveLength(10);
  expect(report.classes[0]).toMatchObject({ train: 4, val: 2, test: 0 });
  expect(report.splitOrigin).toBe("the source's own splits");
  const { datasets } = await app.ask('datasets.list', {});
  expect(datasets.map((card) => card.source)).toContain(source);
  await app.ask('datasets.forget', { fingerprint: report.card.fingerprint });
  const after = (await app.ask('datasets.list', {})).datasets;
  expect(after.map((card) => card.source)).not.toContain(source);
});

test('Tiles are the images of a class, page by page, or the rows that are asked for.', async () => {
  const app = testApp((await testHost('finish')).parts);
  const page = { source, split: 'train', label: 3, count: 3 } as const;
  const first = await app.ask('datasets.tiles', { ...page, offset: 0 });
  expect(first).toMatchObject({ count: 3, labels: [3, 3, 3] });
  expect(first.pixels.length).toBe(3 * 32 * 32 * 3);
  const rest = await app.ask('datasets.tiles', { ...page, offset: 3 });
  expect(rest.count).toBe(1);
  const same = await app.ask('datasets.tiles', { ...page, offset: 0, indices: first.indices });
  expect(same.pixels).toEqual(first.pixels);
  await expect(
    app.ask('datasets.tiles', { ...page, offset: 0, indices: [4000] }),
  ).rejects.toMatchObject({ code: 'no-such-image' });
  await expect(
    app.ask('datasets.tiles', { ...page, split: 'test', offset: 0 }),
  ).rejects.toMatchObject({ code: 'no-such-split' });
});

test('A scan that nobody waits for any more leaves nothing behind.', async () => {
  const { parts } = await testHost('finish');
  const app = testApp(parts);
  const scan = app.follow('datasets.scan', { source: 'builtin:shapes?train=20000&val=10' });
  await expect.poll(() => scan.events.length).toBeGreaterThan(0);
  await expect(scan.end()).rejects.toMatchObject({ code: 'cancelled' });
  const left = fs.readdirSync(parts.library.cacheFolder).filter((name) => name.endsWith('.tmp'));
  expect(left).toEqual([]);
});

test('Typed paths go on with folders, then dataset files; hidden ones when the dot is typed.', async () => {
  const folder = temporaryFolder();
  for (const name of ['photos', 'Pictures', '.hidden']) fs.mkdirSync(path.join(folder, name));
  for (const name of ['p.safetensors', 'p.tar', 'p.tar.gz', 'p.txt', 'p.ZIP']) {
    fs.writeFileSync(path.join(folder, name), '');
  }
  fs.symlinkSync(path.join(folder, 'photos'), path.join(folder, 'plink'));
  fs.symlinkSync('/nowhere', path.join(folder, 'pnowhere'));
  const names = async (typed: string) =>
    (await completePath(typed)).map((found) => path.relative(folder, found.path));
  expect(await names(`${folder}/`)).toEqual([
    ...['Pictures', 'photos', 'plink', 'p.ZIP', 'p.safetensors', 'p.tar', 'p.tar.gz'],
  ]);
  expect(await names(`${folder}/ph`)).toEqual(['photos']);
  expect(await names(`${folder}/PIC`)).toEqual(['Pictures']);
  expect(await names(`${folder}/.h`)).toEqual(['.hidden']);
  expect(await names(`${folder}/nothing/here`)).toEqual([]);
  expect(await completePath('buil')).toEqual([{ path: 'builtin:shapes', isFolder: false }]);
  expect(await completePath(`${folder}\0`)).toEqual([]);
  const inHome = await completePath('~/');
  expect(inHome.every((found) => found.path.startsWith(os.homedir()))).toBe(true);
});

test('Offers say how much is there, and a name that is none is refused.', async () => {
  const { parts } = await testHost('finish');
  const app = testApp(parts);
  const folder = path.join(parts.library.folder, 'downloads');
  fs.mkdirSync(folder);
  fs.writeFileSync(path.join(folder, 'cifar-10-binary.tar.gz.part'), Buffer.alloc(1000));
  const { offers } = await app.ask('datasets.offers', {});
  expect(offers).toMatchObject([
    { name: 'cifar10', receivedBytes: 1000, source: null },
    { name: 'cifar100', receivedBytes: 0, source: null },
  ]);
  // As long as the real one; the checksum is looked at when somebody downloads.
  const whole = path.join(folder, 'cifar-10-binary.tar.gz');
  fs.writeFileSync(whole, '');
  fs.truncateSync(whole, offers[0]!.sizeBytes);
  expect((await app.ask('datasets.offers', {})).offers[0]).toMatchObject({
    source: whole,
    receivedBytes: offers[0]!.sizeBytes,
  });
  app.follow('datasets.download', { name: 'imagenet' });
  await expect.poll(() => app.errors).toMatchObject([{ code: 'unknown-download' }]);
});

test('A zip is scanned, shown and remembered as a folder is, and cancelled as well.', async () => {
  const { parts } = await testHost('finish');
  const app = testApp(parts);
  const zip = path.join(temporaryFolder(), 'pets.zip');
  const images = Array.from({ length: 24 }, (_, i) => ({
    name: `pets/${i % 2 ? 'cat' : 'dog'}/${i}.png`,
    bytes: noisePng(16, i),
  }));
  const cut = { name: 'pets/cat/cut.png', bytes: noisePng(16, 99).subarray(0, 300) };
  fs.writeFileSync(zip, zipOf([...images, cut]));
  const stopped = app.follow('datasets.scan', { source: zip });
  await expect(stopped.end()).rejects.toMatchObject({ code: 'cancelled' });
  const scan = app.follow('datasets.scan', { source: zip });
  await expect.poll(() => (scan.events.at(-1) as ScanEvent | undefined)?.kind).toBe('report');
  const { report } = scan.events.at(-1) as Required<ScanEvent>;
  expect(report.card).toMatchObject({ name: 'pets', source: zip, classes: ['cat', 'dog'] });
  expect(report.problems).toMatchObject([{ source: 'cat/cut.png' }]);
  const tiles = await app.ask('datasets.tiles', {
    ...{ source: zip, split: 'train', label: 0, offset: 0, count: 100 },
  });
  expect(tiles.sources.every((name) => name.startsWith('cat/'))).toBe(true);
  const file = await app.ask('datasets.file', { source: zip, path: 'cat/cut.png' });
  expect(file).toMatchObject({ type: 'image/png', sizeBytes: 300 });
});

test('A dataset is shown before it is added: nothing is decoded or remembered, and a known one is not shown.', async () => {
  const { parts } = await testHost('finish');
  const app = testApp(parts);
  const last = (followed: { readonly events: readonly unknown[] }) =>
    followed.events.at(-1) as { readonly kind: string } | undefined;
  const zip = path.join(temporaryFolder(), 'pets.zip');
  const entries = Array.from({ length: 12 }, (_, i) => ({
    name: `pets/Training/${i % 2 ? 'cat' : 'dog'}/${i}.png`,
    bytes: noisePng(16, i),
  }));
  const loose = { name: 'pets/Training/loose.png', bytes: noisePng(16, 99) };
  const cut = { name: 'pets/Training/cat/photo.heic', bytes: Buffer.from('x') };
  fs.writeFileSync(zip, zipOf([...entries, loose, cut]));
  const packs = () => fs.readdirSync(parts.library.cacheFolder);
  const before = packs();
  const preview = app.follow('datasets.preview', { source: zip });
  await expect.poll(() => last(preview)?.kind).toBe('preview');
  expect(last(preview)).toMatchObject({
    preview: {
      readings: [{ layout: 'split/class', counts: { train: 12, val: 0, test: 0 }, classCount: 2 }],
      sentences: [expect.stringContaining('Training is train')],
      unused: [{ code: 'beside-classes', count: 1, examples: ['Training/loose.png'] }],
      problems: [{ source: 'Training/cat/photo.heic' }],
      problemCount: 1,
    },
  });
  expect(packs()).toEqual(before);
  expect((await app.ask('datasets.list', {})).datasets.map((card) => card.source)).not.toContain(
    zip,
  );
  const scan = app.follow('datasets.scan', { source: zip });
  await expect.poll(() => last(scan)?.kind).toBe('report');
  const again = app.follow('datasets.preview', { source: zip });
  await expect.poll(() => last(again)?.kind).toBe('nothing');
});

test('What can be read in several ways fails in the preview as in a scan, with the ways.', async () => {
  const app = testApp((await testHost('finish')).parts);
  const source = temporaryFolder();
  for (const file of ['train/a/1.png', 'train/b/1.png', 'val/1.png']) {
    fs.mkdirSync(path.dirname(path.join(source, file)), { recursive: true });
    fs.writeFileSync(path.join(source, file), noisePng(8, file.length));
  }
  app.follow('datasets.preview', { source });
  await expect
    .poll(() => app.errors)
    .toMatchObject([
      {
        code: 'ambiguous-layout',
        details: { readings: [{ unused: [{ text: expect.any(String) as string }] }] },
      },
    ]);
});

test('The file behind a finding is handed out as it lies there.', async () => {
  const app = testApp((await testHost('finish')).parts);
  const source = temporaryFolder();
  fs.mkdirSync(path.join(source, 'cat'));
  fs.writeFileSync(path.join(source, 'cat', '1.gif'), 'GIF89a');
  const file = await app.ask('datasets.file', { source, path: 'cat/1.gif' });
  expect(file).toMatchObject({ type: 'image/gif', sizeBytes: 6 });
  await expect(app.ask('datasets.file', { source, path: '../x' })).rejects.toMatchObject({
    code: 'bad-path',
  });
});

test('What was uploaded and is no dataset leaves nothing behind, nor what was given up in its preview.', async () => {
  const { parts } = await testHost('finish');
  const app = testApp(parts);
  const home = path.join(parts.library.folder, 'uploads');
  const send = async (name: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> => {
    const files = [{ path: name, sizeBytes: bytes.length }];
    const { upload } = await app.ask('datasets.beginUpload', { name, files });
    await app.ask('datasets.upload', { upload, file: 0, offset: 0, bytes });
    return (await app.ask('datasets.finishUpload', { upload })).source;
  };
  const refused = await send('notes.pdf', new Uint8Array(Buffer.from('%PDF-1.7')));
  app.follow('datasets.preview', { source: refused });
  await expect.poll(() => app.errors).toMatchObject([{ details: { notKept: true } }]);
  expect(fs.readdirSync(home)).toEqual([]);

  const images = Array.from({ length: 12 }, (_, i) => ({
    name: `pets/${i % 2 ? 'cat' : 'dog'}/${i}.png`,
    bytes: noisePng(16, i),
  }));
  const zip = Uint8Array.from(zipOf(images));
  const given = await send('pets.zip', zip);
  const preview = app.follow('datasets.preview', { source: given });
  await expect.poll(() => (preview.events.at(-1) as { kind?: string }).kind).toBe('preview');
  // Looked at and left: it stays in the list until it is given up.
  const pending = async () => (await app.ask('datasets.list', {})).uploads;
  expect(await pending()).toMatchObject([{ name: 'pets.zip', source: given }]);
  await app.ask('datasets.discardUpload', { source: given });
  expect(await pending()).toEqual([]);
  expect(fs.readdirSync(home)).toEqual([]);

  const kept = await send('pets.zip', zip);
  const scan = app.follow('datasets.scan', { source: kept });
  await expect.poll(() => (scan.events.at(-1) as ScanEvent | undefined)?.kind).toBe('report');
  expect(await pending()).toEqual([]);
  await app.ask('datasets.discardUpload', { source: kept });
  expect(fs.existsSync(kept)).toBe(true);
  // Forgotten, it is offered for another week, however old it is.
  const [folder = ''] = fs.readdirSync(home);
  const longAgo = new Date(Date.now() - 8 * 24 * 3600 * 1000);
  fs.utimesSync(path.join(home, folder), longAgo, longAgo);
  const { report } = scan.events.at(-1) as Required<ScanEvent>;
  await app.ask('datasets.forget', { fingerprint: report.card.fingerprint });
  expect(await pending()).toMatchObject([{ source: kept }]);
  expect(fs.statSync(path.join(home, folder)).mtimeMs).toBeGreaterThan(longAgo.getTime());
});

test('Curves that were uploaded are removed once they are in the library; a file elsewhere stays.', async () => {
  const { parts } = await testHost('finish');
  const app = testApp(parts);
  const bytes = new Uint8Array(Buffer.from('step,train/loss\n1,2.5\n2,2.25\n'));
  const files = [{ path: 'curves.csv', sizeBytes: bytes.length }];
  const { upload } = await app.ask('datasets.beginUpload', {
    ...{ name: 'curves.csv', files, purpose: 'curves' },
  });
  await app.ask('datasets.upload', { upload, file: 0, offset: 0, bytes });
  const { source } = await app.ask('datasets.finishUpload', { upload });
  expect((await app.ask('datasets.list', {})).uploads).toMatchObject([{ purpose: 'curves' }]);
  expect((await app.ask('imports.take', { source, map: {} })).added).toHaveLength(1);
  expect(fs.readdirSync(path.join(parts.library.folder, 'uploads'))).toEqual([]);
  const own = path.join(temporaryFolder(), 'own.csv');
  fs.writeFileSync(own, 'step,train/loss\n1,1.5\n2,1.25\n');
  await app.ask('imports.take', { source: own, map: {} });
  expect(fs.existsSync(own)).toBe(true);
});
