// An exported TensorFlow.js model loaded by tfjs in Chromium, as anybody's page would: the PNG files are decoded by
// the browser and normalized as the model's own metadata says.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type * as Tfjs from '@tensorflow/tfjs';
import type { Browser, Page } from '@playwright/test';
import { openTensorFile } from '../../main/data/tensor-file.ts';
import { readFloats } from '../../shared/tensor-values.ts';
import type { Agreement } from '../../shared/contract/app/exports.ts';

const ORIGIN = 'http://export.invalid';
/** A call of a page's graphics costs more than a small network. */
const BATCH = 25;
const BACKENDS = ['webgl', 'cpu'] as const;
const SCRIPT = createRequire(import.meta.url).resolve('@tensorflow/tfjs/dist/tf.min.js');

type Computed = Extract<Agreement, { images: number }>;

/** What tfjs computes of the images of an export's check, on each of its backends that a page has. */
export async function computeInPage(browser: Browser, folder: string): Promise<Computed[]> {
  const expected = await readLogits(folder);
  const files = fs
    .readdirSync(path.join(folder, 'check'))
    .filter((name) => name.endsWith('.png'))
    .sort();
  const page = await browser.newPage();
  try {
    await servePage(page, folder);
    const results: Computed[] = [];
    for (const backend of BACKENDS) {
      const { version, logits } = await page.evaluate(classify, {
        ...{ backend, files, batch: BATCH },
      });
      results.push({
        ...{
          format: 'tfjs',
          runtime: `tfjs ${version} (${backend}), Chromium ${browser.version()}`,
        },
        ...{ images: files.length, source: 'PNG files', ...difference(expected, logits) },
      });
    }
    return results;
  } finally {
    await page.close();
  }
}

async function servePage(page: Page, folder: string): Promise<void> {
  await page.route(`${ORIGIN}/**`, (route) => {
    const { pathname } = new URL(route.request().url());
    return pathname === '/'
      ? route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>Check</title>' })
      : route.fulfill({ path: path.join(folder, decodeURIComponent(pathname)) });
  });
  await page.goto(ORIGIN);
  await page.addScriptTag({ path: SCRIPT });
}

/** Runs in the page: logits [N][classes]. */
async function classify(given: {
  readonly backend: string;
  readonly files: readonly string[];
  readonly batch: number;
}): Promise<{ version: string; logits: number[][] }> {
  const { tf } = globalThis as unknown as { tf: typeof Tfjs };
  if (!(await tf.setBackend(given.backend))) throw new Error(`tfjs has no ${given.backend} here.`);
  const model = await tf.loadGraphModel('/tfjs/model.json');
  const about = model.metadata as unknown as {
    readonly input: { readonly height: number; readonly width: number };
    readonly normalization: {
      readonly mean: readonly number[];
      readonly deviation: readonly number[];
      readonly meanImage?: readonly number[];
    };
  };
  const { height, width } = about.input;
  const { mean, deviation, meanImage } = about.normalization;
  const channels = mean.length;
  const logits: number[][] = [];
  for (let from = 0; from < given.files.length; from += given.batch) {
    const files = given.files.slice(from, from + given.batch);
    const x = new Float32Array(files.length * height * width * channels);
    for (const [place, file] of files.entries()) {
      const bytes = await (await fetch(`/check/${file}`)).blob();
      const bitmap = await createImageBitmap(bytes, { colorSpaceConversion: 'none' });
      const context = new OffscreenCanvas(width, height).getContext('2d');
      context?.drawImage(bitmap, 0, 0);
      const rgba = context?.getImageData(0, 0, width, height).data ?? new Uint8ClampedArray();
      for (let i = 0; i < height * width * channels; i++) {
        const [p, c] = [Math.floor(i / channels), i % channels];
        const offset = meanImage?.[i] ?? mean[c] ?? 0;
        x[place * height * width * channels + i] =
          ((rgba[p * 4 + c] ?? 0) / 255 - offset) / (deviation[c] ?? 1);
      }
    }
    const input = tf.tensor4d(x, [files.length, height, width, channels]);
    const output = model.predict(input) as Tfjs.Tensor2D;
    logits.push(...(await output.array()));
    tf.dispose([input, output]);
  }
  model.dispose();
  return { version: tf.version['tfjs'], logits };
}

async function readLogits(folder: string): Promise<number[][]> {
  const file = await openTensorFile(path.join(folder, 'check', 'check.safetensors'));
  try {
    const { shape } = file.getTensor('logits');
    const values = readFloats('F32', await file.readTensor('logits'));
    const [count = 0, classes = 0] = shape;
    return Array.from({ length: count }, (_, i) => [
      ...values.subarray(i * classes, (i + 1) * classes),
    ]);
  } finally {
    await file.close();
  }
}

function difference(
  expected: readonly (readonly number[])[],
  computed: readonly (readonly number[])[],
): Pick<Computed, 'sameClass' | 'largestDifference'> {
  const largestAt = (row: readonly number[]): number => row.indexOf(Math.max(...row));
  const apart = expected.flatMap((row, i) =>
    row.map((value, c) => Math.abs(value - (computed[i]?.[c] ?? NaN))),
  );
  const same = expected.filter((row, i) => largestAt(row) === largestAt(computed[i] ?? []));
  return { sameClass: same.length, largestDifference: Math.max(...apart) };
}
