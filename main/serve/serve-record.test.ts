import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readServeRecord, writeServeRecord } from './serve-record.ts';
import { temporaryFolder } from './testing/serving.ts';

test('A library has a secret of its own that stays, and a port once there was one.', () => {
  const folder = temporaryFolder();
  const first = readServeRecord(folder);
  expect(first.secret).toHaveLength(32);
  expect(first.lastPort).toBe(0);
  expect(readServeRecord(folder)).toEqual(first);
  writeServeRecord(folder, { ...first, lastPort: 8080 });
  expect(readServeRecord(folder)).toEqual({ ...first, lastPort: 8080 });
  expect(readServeRecord(temporaryFolder()).secret).not.toEqual(first.secret);
  expect(fs.readdirSync(folder)).toEqual(['serve.json']);
});

test.skipIf(process.platform === 'win32')('Only the owner can read the secret.', () => {
  const folder = temporaryFolder();
  const first = readServeRecord(folder);
  const file = path.join(folder, 'serve.json');
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  // Whoever could read it may have: it is worth nothing from now on.
  fs.chmodSync(file, 0o644);
  expect(readServeRecord(folder).secret).not.toEqual(first.secret);
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
});

test.each(['', '{', '[]', '{"secret":"short","lastPort":0}', '{"secret":5}'])(
  'A damaged record %j is replaced.',
  (damaged) => {
    const folder = temporaryFolder();
    fs.writeFileSync(path.join(folder, 'serve.json'), damaged, { mode: 0o600 });
    const { secret } = readServeRecord(folder);
    expect(secret).toHaveLength(32);
    expect(readServeRecord(folder).secret).toEqual(secret);
  },
);
