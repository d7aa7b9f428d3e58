import { appendFileSync, statSync, truncateSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { noisePng } from '../testing/fixtures.ts';
import { archiveSpace, partsOf } from './testing/archive-space.ts';
import { paxOf, tarOf, zipOf, type TarPart, type ZipPart } from './testing/archives.ts';

const { open, put } = archiveSpace();

const cat = noisePng(8, 1);
const dog = noisePng(8, 2);
const both: readonly ZipPart[] = [
  { name: 'cat/1.png', bytes: cat },
  { name: 'dog/1.png', bytes: dog },
];
test.each<[string, ZipPart, string | undefined]>([
  [
    'an absolute path',
    { name: '/etc/1.png', bytes: cat },
    '/etc/1.png has an absolute path and is not read',
  ],
  [
    'a drive letter',
    { name: 'C:\\cat\\1.png', bytes: cat },
    'C:/cat/1.png has an absolute path and is not read',
  ],
  [
    'a way out',
    { name: 'cat/../../1.png', bytes: cat },
    'cat/../../1.png leads out of the archive and is not read',
  ],
  [
    'a way out with backslashes',
    { name: 'cat\\..\\..\\1.png', bytes: cat },
    'cat/../../1.png leads out of the archive and is not read',
  ],
  [
    'a zero byte',
    { name: 'cat/1\0.png', bytes: cat },
    'cat/1\0.png has a zero byte in its name and is not read',
  ],
  [
    'a symbolic link',
    { name: 'cat/2.png', bytes: '/etc/passwd', says: { mode: 0o120777 } },
    'cat/2.png is a symbolic link, which is not followed in an archive',
  ],
  [
    'a device',
    { name: 'cat/2.png', says: { mode: 0o020644 } },
    'cat/2.png is neither file nor folder and is not read',
  ],
  [
    'encryption',
    { name: 'cat/2.png', bytes: cat, says: { flags: 1 } },
    'cat/2.png is encrypted and is not read',
  ],
  [
    'another method',
    { name: 'cat/2.png', bytes: cat, says: { method: 12 } },
    'cat/2.png is packed with method 12; only stored and deflated files are read',
  ],
  [
    'a bomb that says so',
    { name: 'cat/2.png', bytes: Buffer.alloc(1000), says: { sizeBytes: 0xfffffffe } },
    'cat/2.png would unpack to 4.00 GiB; files of up to 256 MiB are read',
  ],
  [
    'a bomb that hides it',
    {
      name: 'cat/2.png',
      bytes: Buffer.concat([cat, Buffer.alloc(50_000_000)]),
      says: { sizeBytes: cat.length },
    },
    `cat/2.png unpacks to more than the ${cat.length} bytes that it announces`,
  ],
  [
    'a place beyond the end',
    {
      name: 'cat/2.png',
      bytes: cat,
      isStored: true,
      says: { packedBytes: 90_000, sizeBytes: 90_000 },
    },
    'cat/2.png is cut off: the archive ends before it does',
  ],
  [
    'a depth without end',
    { name: `cat/${'x/'.repeat(20_000)}1.png`, bytes: cat },
    `cat/${'x/'.repeat(20_000)}1.png lies more than 64 folders deep and is not read`,
  ],
  [
    'less than announced',
    { name: 'cat/2.png', bytes: cat, says: { sizeBytes: 1000 } },
    `cat/2.png unpacks to ${cat.length} bytes instead of the 1000 that it announces`,
  ],
  [
    'a wrong checksum',
    { name: 'cat/2.png', bytes: cat, says: { crc32: 1 } },
    'cat/2.png is damaged in the archive: its checksum is wrong',
  ],
  [
    'damaged data',
    { name: 'cat/2.png', bytes: cat, isStored: true, says: { method: 8 } },
    'cat/2.png is damaged in the archive: it cannot be unpacked',
  ],
  [
    'a size beyond its end',
    { name: 'cat/2.png', bytes: cat, isStored: true, says: { sizeBytes: 90_000 } },
    `cat/2.png unpacks to ${cat.length} bytes instead of the 90000 that it announces`,
  ],
  [
    'a name that is there already',
    { name: 'cat//1.png', bytes: cat },
    'cat/1.png is in the archive more than once; the last is read',
  ],
  [
    'a file where a folder is',
    { name: 'cat', bytes: cat },
    'cat is a file and a folder at once; the folder is read',
  ],
  [
    'an archive',
    { name: 'cat/more.tar.gz', bytes: 'x' },
    'cat/more.tar.gz is an archive in the archive and stays closed; unpack it',
  ],
  ['an empty image', { name: 'cat/2.png' }, 'cat/2.png is empty'],
  ['an encrypted text', { name: 'cat/2.txt', bytes: 'x', says: { flags: 1 } }, undefined],
  ['a hidden archive', { name: 'cat/.more.zip', bytes: 'x' }, undefined],
])('In a zip %s costs one entry and is named.', async (_, odd, problem) => {
  const { splits, problems, classes } = await open(put('odd.zip', zipOf([...both, odd])));
  expect(problems.map(({ source, reason }) => `${source} ${reason}`)).toEqual(
    problem === undefined ? [] : [problem],
  );
  expect([classes, splits.train.count]).toEqual([['cat', 'dog'], 2]);
});

test.each<[string, readonly TarPart[], string | undefined]>([
  [
    'an absolute path',
    [{ name: '/etc/1.png', bytes: cat }],
    '/etc/1.png has an absolute path and is not read',
  ],
  [
    'a way out',
    [{ name: '../cat/1.png', bytes: cat }],
    '../cat/1.png leads out of the archive and is not read',
  ],
  [
    'a symbolic link',
    [{ name: 'cat/2.png', type: '2', link: '/etc/passwd' }],
    'cat/2.png is a symbolic link, which is not followed in an archive',
  ],
  [
    'a hard link to the outside',
    [{ name: 'cat/2.png', type: '1', link: '/etc/passwd' }],
    'cat/2.png is a link to /etc/passwd, which is not before it in the archive',
  ],
  [
    'a hard link to a later entry',
    [{ name: 'cat/2.png', type: '1', link: 'cat/3.png' }],
    'cat/2.png is a link to cat/3.png, which is not before it in the archive',
  ],
  [
    'a device',
    [{ name: 'cat/2.png', type: '3' }],
    'cat/2.png is neither file nor folder and is not read',
  ],
  [
    'a pipe',
    [{ name: 'cat/2.png', type: '6' }],
    'cat/2.png is neither file nor folder and is not read',
  ],
  [
    'a sparse file',
    [{ name: 'cat/2.png', type: 'S', bytes: cat }],
    'cat/2.png is stored with holes (a sparse file) and is not read',
  ],
  [
    'a name that is there already',
    [{ name: './cat/1.png', bytes: cat }],
    'cat/1.png is in the archive more than once; the last is read',
  ],
  [
    'an archive',
    [{ name: 'cat/more.zip', bytes: 'x' }],
    'cat/more.zip is an archive in the archive and stays closed; unpack it',
  ],
  [
    'comments for all entries',
    [{ name: 'pax', type: 'g', bytes: paxOf({ comment: 'x' }) }],
    undefined,
  ],
])('In a tar %s costs one entry and is named.', async (_, odd, problem) => {
  for (const pack of [(tar: Buffer) => tar, (tar: Buffer) => gzipSync(tar)]) {
    const tar = tarOf([...both.map(({ name, bytes = '' }) => ({ name, bytes })), ...odd]);
    const { splits, problems, classes } = await open(put('odd.tar', pack(tar)));
    expect(problems.map(({ source, reason }) => `${source} ${reason}`)).toEqual(
      problem === undefined ? [] : [problem],
    );
    expect([classes, splits.train.count]).toEqual([['cat', 'dog'], 2]);
  }
});

test('The last entry of a name is the one that is read, and a hard link is what it names.', async () => {
  const tar = tarOf([
    { name: 'cat/1.png', bytes: cat },
    { name: 'dog/1.png', bytes: cat },
    { name: 'dog/1.png', bytes: dog },
    { name: 'dog/2.png', type: '1', link: './cat/1.png' },
  ]);
  const plain = await open(
    put('a.tar', tarOf([...partsOf({ 'cat/1.png': cat, 'dog/1.png': dog, 'dog/2.png': cat })])),
  );
  expect((await open(put('b.tar', tar))).fingerprint).toBe(plain.fingerprint);
});

const long = `cat/${'x'.repeat(60)}/${'y'.repeat(60)}/1.png`;
test.each<[string, string, readonly TarPart[]]>([
  [
    'GNU’s long names',
    long,
    [
      { name: '././@LongLink', type: 'L', bytes: `${long}\0` },
      { name: 'cut', bytes: cat },
    ],
  ],
  [
    'PAX’s long names',
    long,
    [
      { name: 'x', type: 'x', bytes: paxOf({ path: long }) },
      { name: 'cut', bytes: cat },
    ],
  ],
  [
    'PAX’s sizes',
    'cat/1.png',
    [
      { name: 'x', type: 'x', bytes: paxOf({ size: String(cat.length) }) },
      { name: 'cat/1.png', bytes: cat, sizeBytes: 7 },
    ],
  ],
  [
    'headers from before ustar',
    'cat/1.png',
    [
      { name: 'cat/', isOld: true, type: '\0' },
      { name: 'cat/1.png', isOld: true, type: '\0', bytes: cat },
    ],
  ],
])('Of tar %s are read.', async (_, name, entries) => {
  const tar = tarOf([...entries, { name: 'dog/1.png', bytes: dog }]);
  const { splits, problems } = await open(put('odd.tar', tar));
  expect([splits.train.sourceOf(0), problems]).toEqual([name, []]);
});

test('Names that are not UTF-8 stay distinct: CP437 in a zip, letter by letter in a tar.', async () => {
  const name = (letter: number): Buffer => Buffer.from([letter, ...Buffer.from('/1.png')]);
  const zip = zipOf([
    { name: name(0x84), bytes: cat, says: { flags: 0 } },
    { name: name(0x94), bytes: dog },
  ]);
  expect((await open(put('names.zip', zip))).classes).toEqual(['ä', 'ö']);
  const tar = tarOf([
    { name: name(0xe4), bytes: cat },
    { name: name(0xf6), bytes: dog },
  ]);
  expect((await open(put('names.tar', tar))).classes).toEqual(['ä', 'ö']);
  const unflagged = zipOf([
    { name: 'ä/1.png', bytes: cat, says: { flags: 0 } },
    { name: 'ö\\1.png', bytes: dog, says: { flags: 0 } },
  ]);
  expect((await open(put('mac.zip', unflagged))).classes).toEqual(['ä', 'ö']);
});

test('Names in GBK and in Shift-JIS are read, and Western ones are not taken for them.', async () => {
  const named = (
    ...parts: Buffer[]
  ): { name: Buffer; bytes: Uint8Array; says: { flags: number } }[] =>
    parts.map((part, i) => ({
      name: Buffer.concat([part, Buffer.from('/1.png')]),
      bytes: i === 0 ? cat : dog,
      says: { flags: 0 },
    }));
  const hex = (text: string): Buffer => Buffer.from(text, 'hex');
  const classesOf = async (name: string, parts: Buffer[]): Promise<unknown> => {
    const { classes, layout } = await open(put(name, zipOf(named(...parts))));
    return [layout?.nameEncoding, ...classes];
  };
  // 猫 and 狗 in GBK; ねこ and 犬猫 in Shift-JIS; château and Käse in CP437.
  expect(await classesOf('gbk.zip', [hex('c3a8'), hex('b9b7')])).toEqual(['gbk', '狗', '猫']);
  expect(await classesOf('sjis.zip', [hex('82cb82b1'), hex('8ca2944c')])).toEqual([
    'shift_jis',
    'ねこ',
    '犬猫',
  ]);
  const western = [hex('63688374656175'), hex('4b847365')];
  expect(await classesOf('western.zip', western)).toEqual([undefined, 'Käse', 'château']);
});

test('A local header that is longer than the directory says hides nothing.', async () => {
  const zip = zipOf(both.map((part) => ({ ...part, localExtra: Buffer.alloc(40, 7) })));
  expect((await open(put('extra.zip', zip))).problems).toEqual([]);
});

test('An entry of a tar that is larger than any photo is named and costs no memory.', async () => {
  const head = tarOf([...both.map(({ name, bytes = '' }) => ({ name, bytes }))], 0);
  const large = 300 * 0x10_0000;
  const path = put('large.tar', head);
  appendFileSync(path, tarOf([{ name: 'cat/2.png', sizeBytes: large }], 0));
  truncateSync(path, statSync(path).size + large); // a hole
  expect((await open(path)).problems).toEqual([
    { source: 'cat/2.png', reason: 'has 300 MiB; files of up to 256 MiB are read' },
  ]);
});

test('A place without an entry of a zip costs that entry.', async () => {
  const zip = zipOf(both.concat({ name: 'dog/2.png', bytes: dog }));
  const at = zip.lastIndexOf('PK\x03\x04');
  const { problems } = await open(put('lost.zip', zip.fill(0, at, at + 4)));
  expect(problems).toEqual([
    { source: 'dog/2.png', reason: 'is not where the archive’s directory says' },
  ]);
});

test('Behind a sparse file of many parts the other entries of a tar are found.', async () => {
  const sparse = tarOf([{ name: 'cat/2.png', type: 'S', bytes: cat }], 0);
  sparse[482] = 1; // its list goes on in another block
  const checksum = (): number => 0x20 * 8 + sparse.subarray(0, 512).reduce((a, b) => a + b, 0);
  sparse.fill(0, 148, 156);
  sparse.write(`${checksum().toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  const tar = Buffer.concat([
    sparse.subarray(0, 512),
    Buffer.alloc(512),
    sparse.subarray(512),
    tarOf(partsOf({ 'cat/1.png': cat, 'dog/1.png': dog })),
  ]);
  const { problems, splits } = await open(put('sparse.tar', tar));
  expect(problems).toMatchObject([{ source: 'cat/2.png' }]);
  expect(splits.train.count).toBe(2);
});
