import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { openPageFiles } from './page-files.ts';

let folder: string;
let page: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-page-'));
  onTestFinished(() => {
    fs.rmSync(folder, { recursive: true, force: true });
  });
  page = path.join(folder, 'page');
  fs.mkdirSync(path.join(page, 'assets', 'deep.js'), { recursive: true });
  fs.writeFileSync(path.join(page, 'index.html'), '<!doctype html>');
  fs.writeFileSync(path.join(page, 'assets', 'main-3f2a.js'), 'run()');
  fs.writeFileSync(path.join(page, '.env.js'), 'secret');
  fs.writeFileSync(path.join(page, 'notes.txt'), 'secret');
  fs.writeFileSync(path.join(folder, 'secret.js'), 'secret');
  fs.symlinkSync(path.join(folder, 'secret.js'), path.join(page, 'assets', 'link.js'));
});

test('The page itself is asked for anew each time, what is named after its content never again.', async () => {
  const files = openPageFiles(page);
  const index = await files.find('/');
  expect(Buffer.from(index!.body).toString()).toBe('<!doctype html>');
  expect(index!.headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
  });
  const script = await files.find('/assets/main-3f2a.js');
  expect(script!.headers).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'max-age=31536000, immutable',
  });
});

test('The policy allows nothing inline and no third party.', async () => {
  const index = await openPageFiles(page).find('/index.html');
  const policy = index!.headers['content-security-policy'];
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe|https?:|\*/);
});

test.each([
  '',
  'index.html',
  '//index.html',
  '/../secret.js',
  '/assets/../../secret.js',
  '/%2e%2e/secret.js',
  '/..%2fsecret.js',
  '/assets/..%5c..%5csecret.js',
  '/assets\\..\\..\\secret.js',
  '/C:/secret.js',
  '/assets/link.js',
  '/assets/deep.js',
  '/assets/',
  '/assets',
  '/.env.js',
  '/notes.txt',
  '/index.html%00.js',
  '/index.html/more.js',
  '/index.html::$DATA.js',
  '/%E0%A4%A',
  `/${'a'.repeat(5000)}.js`,
])('The address %j is answered with nothing.', async (pathname) => {
  expect(await openPageFiles(page).find(pathname)).toBeUndefined();
});

test('A page that was never built has no files.', async () => {
  expect(await openPageFiles(path.join(folder, 'nothing')).find('/')).toBeUndefined();
});
