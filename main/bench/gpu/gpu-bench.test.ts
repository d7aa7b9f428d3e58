import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import { expect, onTestFinished, test } from 'vitest';
import type { StepCase } from '../cases.ts';
import { sumsOf, writePieces } from './pieces.ts';
import { formatRow, rowOf } from './rows.ts';

function folder(): string {
  const made = mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-pieces-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

async function* chunks(bytes: Uint8Array, size: number): AsyncIterable<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) {
    yield await Promise.resolve(bytes.subarray(start, start + size));
  }
}

test.each([
  [1000, 300, [300, 300, 300, 100]],
  [900, 300, [300, 300, 300]],
  [100, 300, [100]],
  [0, 300, []],
])('%i bytes are pieces of at most %i, whose sum is the whole.', async (length, limit, sizes) => {
  const bytes = Uint8Array.from({ length }, (_, i) => (i * 7) % 251);
  const place = folder();
  const pieces = await writePieces(chunks(bytes, 128), {
    ...{ folder: place, name: 'pack', limitBytes: limit },
  });
  expect(pieces.map(({ sizeBytes }) => sizeBytes)).toEqual(sizes);
  const read = pieces.map(({ name }) => readFileSync(path.join(place, name)));
  expect(Buffer.concat(read)).toEqual(Buffer.from(bytes));
  for (const [i, { name, sha256 }] of pieces.entries()) {
    expect(name).toBe(`pack.00${i}`);
    expect(sha256).toBe(createHash('sha256').update(read[i]!).digest('hex'));
  }
});

test.skipIf(process.platform !== 'linux')(
  'A piece that was damaged on the way is found.',
  async () => {
    const place = folder();
    const pieces = await writePieces(chunks(new Uint8Array(50).fill(3), 50), {
      ...{ folder: place, name: 'pack', limitBytes: 20 },
    });
    writeFileSync(path.join(place, 'SHA256SUMS'), sumsOf(pieces));
    const check = (): string =>
      execFileSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: place, encoding: 'utf8' });
    expect(check()).toContain('pack.002: OK');
    writeFileSync(path.join(place, 'pack.001'), new Uint8Array(20).fill(4));
    expect(check).toThrow();
  },
);

test('A measurement is images a second with its n, beside ours.', () => {
  const of: StepCase = {
    ...{ kind: 'step', pass: 'train', name: 'c', architecture: 'resnet18', precision: 'float32' },
    ...{ size: 32, batch: 8, steps: 3 },
  };
  const rows = [
    rowOf(of, { who: 'ours', stepsMs: [90, 100, 400] }),
    rowOf(of, { who: 'torch eager', stepsMs: [200, 200] }),
    rowOf(of, { who: 'torch compile', stepsMs: [], missing: 'no compiler' }),
  ];
  expect(rows.map(({ n, imagesPerSecond }) => [n, imagesPerSecond])).toEqual([
    [3, 80],
    [2, 40],
    [0, null],
  ]);
  const text = rows.map((row, i) => formatRow(row, i === 0 ? undefined : rows[0])).join('\n');
  expect(text).toContain('ours: 80.00 images/s (n = 3');
  expect(text).toContain('torch eager: 40.00 images/s (n = 2, ± 0 %), ours 2.00 of it');
  expect(text).toContain('torch compile: nothing (no compiler)');
});
