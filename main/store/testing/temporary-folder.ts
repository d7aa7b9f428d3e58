// A folder for one test, removed after it, and the runs that tests need.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { openLibrary, type Library } from '../library.ts';
import type { NewRun } from '../run-record.ts';
import type { SeriesBatch } from '../series.ts';

export function temporaryFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-store-'));
  onTestFinished(() => {
    fs.rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

export function temporaryLibrary(folder = temporaryFolder()): Library {
  const library = openLibrary(folder);
  onTestFinished(() => {
    library.close();
  });
  return library;
}

export function exampleRun(changes: Partial<NewRun> = {}): NewRun {
  return {
    name: 'a run',
    architecture: 'resnet20',
    seed: 7,
    spec: { depth: 20, widths: [16, 32, 64] },
    dataName: 'shapes',
    dataFingerprint: 'f00d',
    classCount: 10,
    codeVersion: '0.1.0',
    totalSteps: 1000,
    ...changes,
  };
}

/** Steps `from` to `to`, inclusive; every value can be told from its step and component. */
export function exampleBatch(name: string, from: number, to: number, width = 1): SeriesBatch {
  const count = to - from + 1;
  return {
    name,
    steps: Int32Array.from({ length: count }, (_, i) => from + i),
    elapsedMs: Float64Array.from({ length: count }, (_, i) => (from + i) * 1.25),
    values: Float32Array.from({ length: count * width }, (_, i) => from * width + i + 0.5),
    ...(width > 1 ? { labels: Array.from({ length: width }, (_, i) => `block${i}`) } : {}),
  };
}
