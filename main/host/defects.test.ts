import { EventEmitter } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { watchDefects, type Defect } from './defects.ts';

let logFile: string;
beforeEach(() => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-defects-'));
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }));
  logFile = path.join(folder, 'defects.log');
});

function watched(file = logFile) {
  const source = new EventEmitter();
  const defects: Defect[] = [];
  const end = watchDefects({ logFile: file, onDefect: (defect) => defects.push(defect), source });
  return { source, defects, end };
}

test('A defect is written down with its stack and told in a sentence.', () => {
  const { source, defects } = watched();
  source.emit('uncaughtException', new RangeError('out of order'));
  expect(fs.readFileSync(logFile, 'utf8')).toMatch(/^\d{4}-.*RangeError: out of order\n\s+at /);
  expect(defects).toEqual([
    { sentence: expect.stringContaining(logFile) as string, isHopeless: false },
  ]);
});

test('Where nothing can be written it is told all the same.', () => {
  const { source, defects } = watched('/no/such/folder/defects.log');
  source.emit('uncaughtException', 'just text');
  expect(defects[0]?.sentence).toContain('just text');
});

test('A host that throws again and again is hopeless; one that ended its watch hears nothing.', () => {
  const { source, defects, end } = watched();
  for (let i = 0; i < 20; i++) source.emit('uncaughtException', new Error('again'));
  expect(defects.map(({ isHopeless }) => isHopeless).indexOf(true)).toBe(19);
  end();
  source.emit('uncaughtException', new Error('later'));
  expect(defects).toHaveLength(20);
});

test('A log that has grown large begins anew.', () => {
  fs.writeFileSync(logFile, 'x'.repeat(2 * 1024 * 1024));
  watched().source.emit('uncaughtException', new Error('one more'));
  expect(fs.statSync(logFile).size).toBeLessThan(10_000);
});
