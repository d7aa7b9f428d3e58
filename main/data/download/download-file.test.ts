import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { downloadFile, type DownloadProgress, type WantedFile } from './download-file.ts';

const content = Buffer.from(
  Uint8Array.from({ length: 300_000 }, (_, i) => (i * i + (i >> 7)) & 255),
);
const sha256 = createHash('sha256').update(content).digest('hex');

const folders: string[] = [];
const servers: Server[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function wanted(listener: RequestListener): Promise<WantedFile> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const folder = mkdtempSync(join(tmpdir(), 'resnet-lab-download-'));
  folders.push(folder);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/file`,
    sizeBytes: content.length,
    sha256,
    target: join(folder, 'deeper', 'file.bin'),
  };
}

function rangeStart(header: string | undefined): number {
  return Number(/^bytes=(\d+)-$/.exec(header ?? '')?.[1] ?? 0);
}

/** A well-behaved server that answers ranges; `upTo` cuts each connection after so many bytes. */
function serving(requests: number[], upTo = Infinity, bytes = content): RequestListener {
  return (request, response) => {
    const start = rangeStart(request.headers.range);
    requests.push(start);
    response.writeHead(start > 0 ? 206 : 200, {
      'content-length': bytes.length - start,
      ...(start > 0
        ? { 'content-range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` }
        : {}),
    });
    const rest = bytes.subarray(start);
    if (rest.length <= upTo) response.end(rest);
    else response.write(rest.subarray(0, upTo), () => response.destroy());
  };
}

test('A file arrives whole, is checked, and is not fetched again.', async () => {
  const requests: number[] = [];
  const file = await wanted(serving(requests));
  const seen: DownloadProgress[] = [];
  expect(await downloadFile(file, { onProgress: (progress) => seen.push(progress) })).toBe(true);
  expect(readFileSync(file.target).equals(content)).toBe(true);
  expect(existsSync(`${file.target}.part`)).toBe(false);
  expect(seen.at(-1)).toMatchObject({ stage: 'check', doneBytes: content.length });
  expect(await downloadFile(file, {})).toBe(false);
  expect(requests).toEqual([0]);
});

test('A connection that breaks again and again goes on from where it was.', async () => {
  const requests: number[] = [];
  const file = await wanted(serving(requests, 70_000));
  await downloadFile(file, { retryMs: 1 });
  expect(readFileSync(file.target).equals(content)).toBe(true);
  expect(requests.length).toBeGreaterThan(3);
  expect(requests.slice(1).every((start, i) => start > requests[i]!)).toBe(true);
});

test('What was stopped is kept and continued by the next call.', async () => {
  const requests: number[] = [];
  const slow = await wanted((request, response) => {
    const start = rangeStart(request.headers.range);
    if (requests.push(start) > 1) {
      serving([])(request, response);
      return;
    }
    response.writeHead(200, { 'content-length': content.length });
    response.write(content.subarray(0, 100_000)); // and then nothing more
  });
  const stop = new AbortController();
  const running = downloadFile(slow, {
    signal: stop.signal,
    onProgress: () => stop.abort(),
  });
  await expect(running).rejects.toMatchObject({ code: 'cancelled' });
  const kept = readFileSync(`${slow.target}.part`).length;
  expect(kept).toBeGreaterThan(0);
  expect(existsSync(slow.target)).toBe(false);
  await downloadFile(slow, {});
  expect(requests).toEqual([0, kept]);
  expect(readFileSync(slow.target).equals(content)).toBe(true);
});

test('A connection that falls silent is given up and taken up again.', async () => {
  let calls = 0;
  const file = await wanted((request, response) => {
    if (++calls > 1) {
      serving([])(request, response);
      return;
    }
    response.writeHead(200, { 'content-length': content.length });
    response.write(content.subarray(0, 1000));
  });
  await downloadFile(file, { stallMs: 50, retryMs: 1 });
  expect(readFileSync(file.target).equals(content)).toBe(true);
});

test('A server that knows no ranges sends all of it again.', async () => {
  let calls = 0;
  const file = await wanted((_, response) => {
    response.writeHead(200, { 'content-length': content.length });
    if (++calls > 1) response.end(content);
    else response.write(content.subarray(0, 50_000), () => response.destroy());
  });
  await downloadFile(file, { retryMs: 1 });
  expect(readFileSync(file.target).equals(content)).toBe(true);
});

test('A damaged part is thrown away and the file fetched anew.', async () => {
  const requests: number[] = [];
  const file = await wanted(serving(requests));
  await downloadFile(file, {});
  rmSync(file.target);
  writeFileSync(`${file.target}.part`, Buffer.alloc(1234, 1));
  await downloadFile(file, {});
  expect(requests).toEqual([0, 1234, 0]);
  expect(readFileSync(file.target).equals(content)).toBe(true);
});

test('A redirect is followed.', async () => {
  const file = await wanted((request, response) => {
    if (request.url === '/file') response.writeHead(302, { location: '/elsewhere' }).end();
    else serving([])(request, response);
  });
  expect(await downloadFile(file, {})).toBe(true);
});

test.each([
  [
    'other bytes of the same size',
    serving([], Infinity, Buffer.from(content).fill(0, 0, 9)),
    'wrong-checksum',
  ],
  ['a page instead of the file', serving([], Infinity, Buffer.from('<html>')), 'wrong-size'],
  [
    'more than there should be',
    (_, response) => {
      response.write(content);
      response.end('more');
    },
    'wrong-size',
  ],
  ['no such file', (_, response) => response.writeHead(404).end(), 'download-refused'],
  ['a broken server', (_, response) => response.writeHead(503).end(), 'no-connection'],
  ['a closed connection', (request) => request.socket.destroy(), 'no-connection'],
])('When the server gives %s, nothing is kept under the name.', async (_, listener, code) => {
  const file = await wanted(listener);
  await expect(downloadFile(file, { retryMs: 1 })).rejects.toMatchObject({ code });
  expect(existsSync(file.target)).toBe(false);
});
