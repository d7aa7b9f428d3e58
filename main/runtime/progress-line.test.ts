import { expect, test } from 'vitest';
import { formatProgress, showProgress } from './progress-line.ts';

const HALF = { step: 'unpack', message: 'Unpacking', fraction: 0.5 } as const;

function sink(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, columns: 80, write: (text: string) => written.push(text), written };
}

test('draws a bar where the end is known, and none where it is not', () => {
  expect(formatProgress(HALF)).toBe('unpack   [############            ]  50 %  Unpacking');
  expect(formatProgress({ step: 'compile', message: 'Compiling' })).toBe('compile  Compiling');
});

test('never fills a line, which would make terminals begin another', () => {
  const line = formatProgress({ ...HALF, message: 'x'.repeat(200) }, 60);
  expect(line).toHaveLength(59);
  expect(line.endsWith('…')).toBe(true);
});

test('redraws one line in a terminal and ends it once', () => {
  const output = sink(true);
  const { onProgress, finish } = showProgress(output);
  onProgress(HALF);
  finish();
  finish();
  expect(output.written).toEqual([`\r\u001b[2K${formatProgress(HALF)}`, '\n']);
});

test('elsewhere writes each message once, without a bar', () => {
  const output = sink(false);
  const { onProgress, finish } = showProgress(output);
  onProgress(HALF);
  onProgress({ ...HALF, fraction: 0.6 });
  finish();
  expect(output.written).toEqual(['unpack   Unpacking\n']);
});
