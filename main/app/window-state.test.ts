import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { placeWindow, readWindowState, writeWindowState, type Bounds } from './window-state.ts';

const main: Bounds = { x: 0, y: 0, width: 1920, height: 1040 };
const left: Bounds = { x: -1280, y: 100, width: 1280, height: 984 };

const at = (x: number, y: number, width = 1200, height = 800) => ({
  bounds: { x, y, width, height },
  isMaximized: false,
});

test('The first time it opens in the middle, as large as is usual or fits.', () => {
  expect(placeWindow(undefined, [main])).toEqual({ width: 1440, height: 900, isMaximized: false });
  expect(placeWindow(undefined, [{ x: 0, y: 0, width: 1280, height: 760 }])).toEqual({
    width: 1280,
    height: 760,
    isMaximized: false,
  });
});

test.each([
  ['on the main display', at(100, 50)],
  ['on the display to the left', at(-1200, 150)],
  ['partly beyond the right edge', at(1500, 50)],
  ['partly beyond the bottom', at(100, 700)],
  ['between two displays', at(-300, 200)],
])('A window %s comes back where it was.', (_, state) => {
  const { x, y } = state.bounds;
  expect(placeWindow(state, [main, left])).toMatchObject({ x, y, width: 1200, height: 800 });
});

test.each([
  ['on a display that is gone', at(-1200, 150)],
  ['above the top, without its title bar', at(100, -40)],
  ['with only a sliver on the right', at(1850, 50)],
  ['with only its title bar above the bottom', at(100, 1000)],
  ['far away', at(1e9, 1e9)],
])('A window %s comes to the middle, in its size.', (_, state) => {
  expect(placeWindow(state, [main])).toEqual({ width: 1200, height: 800, isMaximized: false });
});

test('It is never smaller than usable, nor larger than its display.', () => {
  expect(placeWindow(at(0, 0, 10, 10), [main])).toMatchObject({ width: 960, height: 640 });
  expect(placeWindow(at(0, 0, 9000, 9000), [main])).toMatchObject({ width: 1920, height: 1040 });
});

test('A maximized window is maximized again, wherever its display went.', () => {
  const state = { ...at(-1200, 150), isMaximized: true };
  expect(placeWindow(state, [main]).isMaximized).toBe(true);
});

test('What was written is read; what is damaged, foreign or missing is as if it never was.', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-window-'));
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }));
  const file = path.join(folder, 'window.json');
  expect(readWindowState(file)).toBeUndefined();
  writeWindowState(file, at(1, 2));
  expect(readWindowState(file)).toEqual(at(1, 2));
  for (const damaged of ['', '{', 'null', '{"bounds":{"x":"1"}}', '{"bounds":{"x":1.5}}']) {
    fs.writeFileSync(file, damaged);
    expect(readWindowState(file)).toBeUndefined();
  }
});
