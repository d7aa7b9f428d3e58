import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect } from 'vitest';
import { compilations, ensure, failing, test, STAGING } from './testing/staging.ts';
import {
  FAKE_HEADERS,
  fakeArchiveLibraries,
  makeBinding,
  makeLibraries,
} from './testing/workshop.ts';
import type { Workshop } from './testing/workshop.ts';

const run = promisify(execFile);

/** Plays the two places that the installer fetches from, on this machine. */
async function serve(files: Readonly<Record<string, string>>) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const name = path.posix.basename(request.url ?? '');
    asked.push(name);
    const found = Object.keys(files).find((pattern) => new RegExp(pattern).test(name));
    if (found === undefined) {
      response.writeHead(404).end('no such file');
      return;
    }
    createReadStream(files[found]!).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return {
    asked,
    env: {
      RESNET_LAB_RUNTIME_ROUTE: 'installer-cpu',
      TFJS_NODE_CDN_STORAGE: address,
      // Where node-pre-gyp looks for the prebuilt binding.
      npm_config_tfjs_binding_binary_host_mirror: address,
    },
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

/** An archive like libtensorflow's: `lib/` with versioned names and links, `include/`. */
async function makeArchive(workshop: Workshop): Promise<string> {
  const content = path.join(workshop.folder, 'archive');
  await makeLibraries(path.join(content, 'lib'), fakeArchiveLibraries(), '2.9.1');
  for (const [name, text] of Object.entries(FAKE_HEADERS)) {
    const file = path.join(content, 'include', name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  const archive = path.join(workshop.folder, 'libtensorflow.tar.gz');
  await run('tar', ['-czf', archive, '-C', content, '.']);
  return archive;
}

async function makePrebuilt(workshop: Workshop): Promise<string> {
  const content = path.join(workshop.folder, 'prebuilt');
  const libraries = fakeArchiveLibraries().map((name) =>
    path.join(workshop.folder, 'archive', 'lib', name),
  );
  await makeBinding(path.join(content, 'napi-v8', 'tfjs_binding.node'), libraries);
  const archive = path.join(workshop.folder, 'prebuilt.tar.gz');
  await run('tar', ['-czf', archive, '-C', content, 'napi-v8']);
  return archive;
}

describe("the route through tfjs-node-gpu's own installer", STAGING, () => {
  test('fetches libtensorflow and the prebuilt binding, and needs neither compiler nor Python', async ({
    workshop,
  }) => {
    const archive = await makeArchive(workshop);
    const prebuilt = await makePrebuilt(workshop);
    await using server = await serve({ '^libtensorflow-cpu': archive, '^GPU-': prebuilt });
    const { runtime, steps } = await ensure(workshop, {
      ...server.env,
      CXX: 'none',
      PYTHON: 'none',
    });
    expect(runtime).toMatchObject({
      origin: 'installer',
      tensorflowVersion: '2.9.1',
      device: 'cpu',
      cached: false,
      reasons: ['RESNET_LAB_RUNTIME_ROUTE asks for installer-cpu.'],
    });
    expect(server.asked).toHaveLength(2);
    expect(steps).toEqual(['resolve', 'download', 'verify', 'stage']);
    const folder = path.resolve(runtime.libraryFolder, '..', '..');
    expect((await readdir(folder)).sort()).toEqual(['deps', 'lib', 'runtime.json']);
    expect((await ensure(workshop, server.env)).runtime.cached).toBe(true);
  });

  test('compiles the binding when there is no prebuilt one', async ({ workshop }) => {
    const archive = await makeArchive(workshop);
    await using server = await serve({ '^libtensorflow-cpu': archive });
    const { runtime, steps } = await ensure(workshop, server.env);
    expect(runtime).toMatchObject({ origin: 'installer', tensorflowVersion: '2.9.1' });
    expect(steps).toContain('compile');
    expect(await compilations(workshop)).toBe(1);
  });

  test('says from where when the server does not have it', async ({ workshop }) => {
    await using server = await serve({});
    const error = await failing(workshop, server.env);
    expect(error.code).toBe('installer-failed');
    expect(error.message).toMatch(/from http:\/\/127\.0\.0\.1:\d+\/tensorflow\/libtensorflow/);
  });

  test('says from where when the server cannot be reached', async ({ workshop }) => {
    const error = await failing(workshop, {
      RESNET_LAB_RUNTIME_ROUTE: 'installer-cpu',
      TFJS_NODE_CDN_STORAGE: 'http://127.0.0.1:9/',
    });
    expect(error.code).toBe('no-network');
    expect(error.message).toContain('from http://127.0.0.1:9/');
  });
});
