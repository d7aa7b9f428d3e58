// A run is exported in every format from the command line, and the formats' runtimes that are here compute what
// the app computed, image by image.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { askCli } from './testing/command-line.ts';

let home: string;
beforeAll(() => {
  home = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-export-'));
});
afterAll(() => {
  fs.rmSync(home, { recursive: true, force: true });
});

const Result = z.looseObject({
  folder: z.string(),
  checkImages: z.int(),
  files: z.array(z.object({ file: z.string(), sizeBytes: z.int() })),
  agreements: z.array(
    z.looseObject({
      format: z.string(),
      missing: z.string().optional(),
      images: z.int().optional(),
      sameClass: z.int().optional(),
      largestDifference: z.number().optional(),
    }),
  ),
});

test('What is exported is whole, and every runtime that is here agrees.', async () => {
  const training = [
    ...['train', '--data', 'builtin:shapes?train=64&val=16', '--arch', 'mini-basic-a'],
    ...['--batch', '8', '--steps', '8', '--seed', '3', '--normalize', 'per-pixel'],
  ];
  const { id } = z.looseObject({ id: z.string() }).parse(await askCli(home, ...training));
  const out = path.join(home, 'export');
  const formats = 'onnx,pytorch,saved-model,tfjs';
  const request = [
    'export',
    id,
    '--format',
    formats,
    '--out',
    out,
    '--check-images',
    '8',
    '--fold',
  ];
  const result = Result.parse(await askCli(home, ...request));
  expect(result).toMatchObject({ folder: out, checkImages: 8 });
  for (const { file, sizeBytes } of result.files) {
    expect(fs.statSync(path.join(out, file)).size, file).toBe(sizeBytes);
  }
  const compared = result.agreements.filter(({ missing }) => missing === undefined);
  // ONNX's runtime for Node is among this project's packages.
  expect(compared.map(({ format }) => format)).toContain('onnx-image');
  for (const { format, images, sameClass, largestDifference } of compared) {
    expect(sameClass, format).toBe(images);
    expect(largestDifference, format).toBeLessThan(1e-4);
  }
  const agreement = fs.readFileSync(path.join(out, 'agreement.json'), 'utf8');
  expect(Result.parse(JSON.parse(agreement)).agreements).toEqual(result.agreements);
  await expect(askCli(home, ...request)).rejects.toThrow('folder-not-empty');
  expect(fs.readdirSync(home).filter((name) => name.includes('partial'))).toEqual([]);
});
