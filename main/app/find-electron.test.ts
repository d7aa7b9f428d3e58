import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { findElectron } from './find-electron.ts';

/** A package whose binary has been fetched. */
let packageFolder: string;
beforeEach(() => {
  packageFolder = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-electron-'));
  onTestFinished(() => fs.rmSync(packageFolder, { recursive: true, force: true }));
  write('package.json', '{"version": "45.1.0"}');
  write('path.txt', 'electron');
  write('dist/version', '45.1.0');
  write('dist/electron', '');
});

function write(name: string, content: string): void {
  const file = path.join(packageFolder, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, content);
}

const find = (changes: Parameters<typeof findElectron>[0] = {}) =>
  findElectron({
    env: { DISPLAY: ':0' },
    platform: 'linux',
    userId: 1000,
    packageFolder,
    ...changes,
  });

test('A fetched binary is found.', () => {
  expect(find()).toEqual({ path: path.join(packageFolder, 'dist', 'electron') });
  expect(find({ env: { WAYLAND_DISPLAY: 'wayland-0' } })).toHaveProperty('path');
  expect(find({ env: {}, platform: 'win32', userId: undefined })).toHaveProperty('path');
});

test('A binary elsewhere is taken from where it is said to be.', () => {
  write('elsewhere/electron', '');
  const elsewhere = path.join(packageFolder, 'elsewhere');
  const env = { DISPLAY: ':0', ELECTRON_OVERRIDE_DIST_PATH: elsewhere };
  expect(find({ env })).toEqual({ path: path.join(elsewhere, 'electron') });
});

test.each<[string, () => Parameters<typeof findElectron>[0], RegExp]>([
  ['without a display', () => ({ env: {} }), /^there is no display/],
  ['as root', () => ({ userId: 0 }), /does not work for root/],
])('No window opens %s, and the reason is said.', (_, changes, reason) => {
  // Nothing is to be fetched, even where the binary is missing.
  fs.rmSync(path.join(packageFolder, 'path.txt'));
  expect(find(changes())).toEqual({ reason: expect.stringMatching(reason) as string });
});

test('A binary that was never fetched, is half there, or of another version can be fetched.', () => {
  write('dist/version', 'v44.0.0');
  expect(find()).toEqual({ reason: "Electron's binary is 44.0.0, not 45.1.0", packageFolder });
  fs.rmSync(path.join(packageFolder, 'dist'), { recursive: true });
  expect(find()).toEqual({
    reason: `Electron's binary ${path.join(packageFolder, 'dist', 'electron')} is missing`,
    packageFolder,
  });
  fs.rmSync(path.join(packageFolder, 'path.txt'));
  expect(find()).toEqual({ reason: "Electron's binary is not there", packageFolder });
});

test('Who says that nothing is to be fetched is obeyed.', () => {
  fs.rmSync(path.join(packageFolder, 'path.txt'));
  const env = { DISPLAY: ':0', ELECTRON_SKIP_BINARY_DOWNLOAD: '1' };
  expect(find({ env })).toEqual({
    reason: expect.stringContaining('ELECTRON_SKIP_BINARY_DOWNLOAD') as string,
  });
});

test('Looking for the installed one starts no download.', () => {
  const found = findElectron();
  expect('path' in found || found.reason.length > 0).toBe(true);
  expect(fs.existsSync('node_modules/electron/path.txt')).toBe(
    fs.existsSync('node_modules/electron/dist'),
  );
});
