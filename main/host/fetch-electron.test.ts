// The real installer of the npm package `electron`, in a copy of its folder, against a mirror on this machine.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { ZipFile } from 'yazl';
import { fetchElectron } from './fetch-electron.ts';

const { version } = JSON.parse(fs.readFileSync('node_modules/electron/package.json', 'utf8')) as {
  version: string;
};
const zipName = `electron-v${version}-${process.platform}-${process.arch}.zip`;
const binary = process.platform === 'darwin' ? 'Electron.app/Contents/MacOS/Electron' : 'electron';

/** Beside the packages that the installer needs, where Node finds them. */
let packageFolder: string;
let scratch: string;
beforeEach(() => {
  scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-fetch-'));
  packageFolder = path.join(scratch, 'node_modules', 'electron');
  fs.mkdirSync(packageFolder, { recursive: true });
  for (const name of fs.readdirSync('node_modules')) {
    if (name === 'electron') continue;
    fs.symlinkSync(path.resolve('node_modules', name), path.join(scratch, 'node_modules', name));
  }
  for (const name of ['install.js', 'package.json', 'checksums.json']) {
    fs.copyFileSync(path.join('node_modules/electron', name), path.join(packageFolder, name));
  }
  onTestFinished(() => fs.rmSync(scratch, { recursive: true, force: true }));
});

async function zipOfElectron(): Promise<Buffer> {
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from('#!/bin/sh\n'), binary, { mode: 0o100755 });
  zip.addBuffer(Buffer.from(version), 'version');
  // Large enough to arrive in several pieces.
  zip.addBuffer(Buffer.alloc(400_000, 7), 'resources.pak', { compress: false });
  zip.end();
  const chunks: Buffer[] = [];
  for await (const chunk of zip.outputStream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

type Answer = (request: http.IncomingMessage, response: http.ServerResponse) => void;

async function mirror(answer: Answer): Promise<{ asked: string[]; env: NodeJS.ProcessEnv }> {
  const asked: string[] = [];
  const server = http.createServer((request, response) => {
    asked.push(request.url ?? '');
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { asked, env: environment(`http://127.0.0.1:${port}/`) };
}

function environment(source: string): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    ELECTRON_MIRROR: source,
    electron_config_cache: path.join(scratch, 'cache'),
  };
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^https?_proxy$/i.test(name)));
}

/** A mirror of what the package does not know, with its own list of checksums. */
function serving(zip: Buffer, checksum = createHash('sha256').update(zip).digest('hex')): Answer {
  return (request, response) => {
    if (request.url?.endsWith('SHASUMS256.txt')) response.end(`${checksum} *${zipName}\n`);
    else response.setHeader('content-length', zip.length).end(zip);
  };
}

const isThere = () => fs.existsSync(path.join(packageFolder, 'dist', binary));

test('The binary comes from the mirror, with progress, and the second time from the cache.', async () => {
  const { asked, env } = await mirror(serving(await zipOfElectron()));
  const remote = { ...env, electron_use_remote_checksums: '1' };
  const onProgress = vi.fn<(message: string) => void>();
  await fetchElectron({ packageFolder, env: remote, onProgress });
  expect(isThere()).toBe(true);
  expect(asked).toContain(`/v${version}/${zipName}`);
  const messages = onProgress.mock.calls.map(([message]) => message);
  expect(
    messages.some((text) => /^Fetching Electron from 127\.0\.0\.1:\d+ … \d+ % of/.test(text)),
  ).toBe(true);
  fs.rmSync(path.join(packageFolder, 'path.txt'));
  asked.length = 0;
  await fetchElectron({ packageFolder, env: remote, onProgress });
  expect(asked.filter((url) => url.endsWith('.zip'))).toEqual([]);
});

test('ELECTRON_CUSTOM_DIR is heeded.', async () => {
  const { asked, env } = await mirror((_, response) => response.writeHead(404).end());
  const custom = { ...env, ELECTRON_CUSTOM_DIR: 'mine/{{ version }}' };
  await expect(
    fetchElectron({ packageFolder, env: custom, onProgress: () => undefined }),
  ).rejects.toMatchObject({ code: 'electron-not-fetched' });
  expect(asked).toEqual([`/mine/${version}/${zipName}`]);
});

test('Two at once fetch it once.', async () => {
  const { asked, env } = await mirror(serving(await zipOfElectron()));
  const options = {
    packageFolder,
    env: { ...env, electron_use_remote_checksums: '1' },
    onProgress: () => undefined,
  };
  await Promise.all([fetchElectron(options), fetchElectron(options)]);
  expect(isThere()).toBe(true);
  expect(asked.filter((url) => url.endsWith('.zip'))).toHaveLength(1);
});

const refused = async (env: NodeJS.ProcessEnv, limits = {}): Promise<string> => {
  const error: unknown = await fetchElectron({
    packageFolder,
    env,
    onProgress: () => undefined,
    ...limits,
  }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'electron-not-fetched' });
  expect(isThere()).toBe(false);
  expect(fs.existsSync(path.join(packageFolder, '.fetching.lock'))).toBe(false);
  const { message } = error as Error;
  expect(message).not.toContain('\n');
  return message;
};

test('A refusal is one sentence.', async () => {
  const { env } = await mirror((_, response) => response.writeHead(403).end());
  expect(await refused(env)).toMatch(/refused Electron's binary \(HTTP 403\)/);
});

test('No network is one sentence.', async () => {
  expect(await refused(environment('http://127.0.0.1:1/'))).toMatch(/could not be fetched from/);
  expect(await refused(environment('http://no-such-host.invalid/'))).toMatch(
    /no-such-host\.invalid \((ENOTFOUND|EAI_AGAIN)\)/,
  );
});

test('A binary that is not the one of the package is thrown away.', async () => {
  const { env } = await mirror(serving(await zipOfElectron()));
  expect(await refused(env)).toMatch(/not the Electron that its package names/);
});

test('A server that never answers, or stops in the middle, is given up.', async () => {
  const mute = await mirror(() => undefined);
  expect(await refused(mute.env, { firstAnswerMs: 300 })).toMatch(/did not answer/);
  const stuck = await mirror((_, response) => {
    response.setHeader('content-length', 1_000_000).write(Buffer.alloc(1000));
  });
  expect(await refused(stuck.env, { silenceMs: 300 })).toMatch(/stopped sending/);
});

test('Stopped, it ends the installer.', async () => {
  const stop = new AbortController();
  const { env } = await mirror(() => stop.abort());
  await expect(
    fetchElectron({ packageFolder, env, signal: stop.signal, onProgress: () => undefined }),
  ).rejects.toMatchObject({ code: 'cancelled' });
});
