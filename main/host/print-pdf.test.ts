import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { findChromium } from './find-chromium.ts';
import { chromiumPrinter } from './print-pdf.ts';
import { temporaryFolder } from './testing/host-fixtures.ts';

const html = '<!doctype html><title>Report</title><p>n = 3</p>';
const signal = new AbortController().signal;

/** A program in Chromium's place that does what the script says. */
function printer(script: string, limitMs?: number) {
  const program = path.join(temporaryFolder(), 'chromium');
  fs.writeFileSync(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const env = { ...process.env, RESNET_LAB_CHROMIUM: program };
  return chromiumPrinter({ env, ...(limitMs === undefined ? {} : { limitMs }) });
}

const found = findChromium();
test.skipIf('reason' in found)('A document becomes a PDF.', { timeout: 120_000 }, async () => {
  const pdf = await chromiumPrinter({ env: process.env })({ html, signal });
  expect(Buffer.from(pdf.subarray(0, 5)).toString()).toBe('%PDF-');
});

test('Without Chromium the sentence says how to get one.', async () => {
  const print = chromiumPrinter({ env: { RESNET_LAB_CHROMIUM: '/no/such/chromium' } });
  await expect(print({ html, signal })).rejects.toMatchObject({
    code: 'no-chromium',
    message: expect.stringContaining('RESNET_LAB_CHROMIUM') as string,
  });
});

test.skipIf(process.platform === 'win32')('What prints nothing is quoted.', async () => {
  await expect(printer('echo no display >&2; exit 3')({ html, signal })).rejects.toMatchObject({
    code: 'print-failed',
    message: expect.stringContaining('printed nothing: no display.') as string,
  });
});

test.skipIf(process.platform === 'win32')(
  'What hangs is ended, by itself or when asked.',
  async () => {
    await expect(printer('exec sleep 1000', 50)({ html, signal })).rejects.toMatchObject({
      code: 'print-failed',
    });
    const stop = new AbortController();
    const printing = printer('exec sleep 1000')({ html, signal: stop.signal });
    stop.abort();
    await expect(printing).rejects.toMatchObject({ code: 'cancelled' });
  },
);
