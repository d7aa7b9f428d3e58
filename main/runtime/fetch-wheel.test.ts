import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { describe, expect, test as plainTest } from 'vitest';
import { announcedSizeBytes, explainPipError, wheelPlatforms } from './fetch-wheel.ts';
import { bundleStager, ensure, STAGING, startStager, test } from './testing/staging.ts';
import { makeTensorflowWheel } from './testing/workshop.ts';

/** A package index on this machine whose first download stops halfway until it is let go. */
async function serveIndex(wheel: string) {
  const body = await readFile(wheel);
  const name = path.basename(wheel);
  let downloads = 0;
  const server = createServer((request, response: ServerResponse) => {
    if (!request.url?.endsWith('.whl')) {
      response.setHeader('content-type', 'text/html');
      response.end(`<a href="/files/${name}">${name}</a>`);
      return;
    }
    downloads += 1;
    response.writeHead(200, { 'content-length': body.length });
    if (downloads > 1) response.end(body);
    else response.write(body.subarray(0, body.length / 2));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    env: {
      PIP_NO_INDEX: undefined,
      PIP_FIND_LINKS: undefined,
      PIP_INDEX_URL: `http://127.0.0.1:${port}/simple`,
    },
    downloads: () => downloads,
    cutConnections: () => server.closeAllConnections(),
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

describe('fetching over a network', STAGING, () => {
  test('shows how far it is, and begins anew after being killed halfway', async ({ workshop }) => {
    const padding = createHash('shake256', { outputLength: 3e6 }).update('padding').digest();
    const wheel = await makeTensorflowWheel(workshop, {
      change: (files) => ({ ...files, 'tensorflow/padding.bin': padding }),
    });
    await using index = await serveIndex(wheel);
    const stager = await bundleStager('fetch');
    const first = startStager(workshop, stager, index.env);
    const halfway = await first.until(({ progress }) => (progress?.fraction ?? 0) > 0.4);
    expect(halfway.progress).toMatchObject({ step: 'download' });
    expect(halfway.progress?.fraction).toBeLessThan(0.6);
    await first.kill();
    await rm(stager);
    index.cutConnections();
    const { runtime } = await ensure(workshop, index.env);
    expect(runtime.cached).toBe(false);
    expect(index.downloads()).toBe(2);
    const cache = workshop.env['RESNET_LAB_CACHE'] ?? '';
    expect(await readdir(path.join(cache, 'downloads'))).toEqual([]);
  });
});

plainTest('reads the size that pip announces', () => {
  expect(announcedSizeBytes('  Downloading tensorflow_cpu-2.21.0.whl (273.8 MB)')).toBe(273.8e6);
  expect(announcedSizeBytes('Downloading https://x/y.whl (12 kB)')).toBe(12_000);
  expect(announcedSizeBytes('Collecting tensorflow-cpu')).toBe(0);
});

plainTest('asks for the platform tags under which wheels are published', () => {
  expect(wheelPlatforms('linux', 'x64')[0]).toBe('manylinux_2_27_x86_64');
  expect(wheelPlatforms('linux', 'arm64')[0]).toBe('manylinux_2_27_aarch64');
  expect(wheelPlatforms('darwin', 'arm64')).toEqual(['macosx_12_0_arm64']);
  expect(wheelPlatforms('win32', 'x64')).toEqual([]);
});

const PIP_FAILURES = [
  [
    'no-disk-space',
    'ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device',
  ],
  ['no-network', "WARNING: Retrying after connection broken by 'NewConnectionError'"],
  ['no-network', 'SSLError(SSLCertVerificationError(1, CERTIFICATE_VERIFY_FAILED))'],
  ['wheel-not-found', 'ERROR: No matching distribution found for tensorflow-cpu==2.21.0'],
  ['download-corrupt', 'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.'],
  ['download-failed', 'ERROR: Exception: something else'],
] as const;

for (const [code, stderr] of PIP_FAILURES) {
  plainTest(`explains pip's "${stderr.slice(0, 50)}…" as ${code}`, () => {
    const result = { found: true, exitCode: 1, killedBy: undefined, stdout: '', stderr };
    expect(explainPipError(result, 'tensorflow-cpu==2.21.0', '/cache', {})).toMatchObject({ code });
  });
}
