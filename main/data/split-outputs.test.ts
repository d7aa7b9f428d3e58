import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDataset } from './open.ts';
import { OutputCollector, readSplitFeatures, readSplitOutputs } from './split-outputs.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'split-outputs-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('What is written is read again: logits of all rows, features of an even choice, names and labels.', async () => {
  const source = 'builtin:shapes?train=20&val=10';
  const dataset = await openDataset({ source, cacheFolder: path.join(folder, 'cache') });
  const split = dataset.splits.val;
  if (split === undefined) throw new Error('There is no validation split.');
  const collector = new OutputCollector(split, dataset.classes, 4);
  for (let row = 0; row < split.count; row++) {
    const logits = Float32Array.from(dataset.classes, (_, k) => row + k / 16);
    collector.add(row, logits, Float32Array.of(row, -row, 0.5));
  }
  const file = path.join(folder, 'outputs.safetensors');
  await collector.write(file, { step: 7, fingerprint: dataset.fingerprint });
  const outputs = await readSplitOutputs(file);
  expect(outputs).toMatchObject({ step: 7, fingerprint: dataset.fingerprint, classes: 10 });
  expect(outputs.classNames).toEqual(dataset.classes);
  expect(outputs.labels).toEqual(split.labels);
  expect(outputs.logits[3 * 10 + 4]).toBe(3.25);
  expect(outputs.sources).toEqual(Array.from({ length: 10 }, (_, row) => split.sourceOf(row)));
  const { rows, features, width } = await readSplitFeatures(file);
  expect([...rows]).toEqual([0, 2, 5, 7]);
  expect(width).toBe(3);
  expect([...features.subarray(3, 6)]).toEqual([2, -2, 0.5]);
  expect(readdirSync(folder).filter((name) => name.endsWith('.partial'))).toEqual([]);
  await dataset.close();
});

test('A file of another kind is refused.', async () => {
  const file = path.join(folder, 'other.safetensors');
  const header = Buffer.from('{"__metadata__":{"format":"pt"}}');
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  writeFileSync(file, Buffer.concat([length, header]));
  await expect(readSplitOutputs(file)).rejects.toThrow('holds no outputs of a network');
});
