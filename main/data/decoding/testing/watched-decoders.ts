// A decoder program for tests, bundled as the product's is, whose processes can be counted and killed.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import net, { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { onTestFinished, vi } from 'vitest';

export interface WatchedDecoders {
  readonly program: string;
  /** Ids of the processes that run now. */
  readonly running: ReadonlySet<number>;
  /** How many have been started. */
  readonly started: () => number;
  allGone(): Promise<void>;
}

export async function watchDecoders(): Promise<WatchedDecoders> {
  const running = new Set<number>();
  let started = 0;
  const server = net.createServer((socket) => {
    socket.once('data', (pid) => {
      started++;
      running.add(Number(pid));
      // The system closes the connection of a process, however it ends.
      socket.on('close', () => running.delete(Number(pid)));
    });
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  process.env['RESNET_LAB_TEST_WATCHER'] = String(port);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-decoder-'));
  onTestFinished(() => fs.rmSync(folder, { recursive: true, force: true }));
  return {
    program: await bundle('../main.ts', path.join(folder, 'decoder.mjs')),
    running,
    started: () => started,
    allGone: () =>
      vi.waitUntil(() => running.size === 0, { timeout: 30_000 }).then(() => undefined),
  };
}

/** A script of this folder or, as `../main.ts`, the decoder, as one file. */
export async function bundle(source: string, outfile: string): Promise<string> {
  const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
  await build({
    entryPoints: [here(source)],
    ...{ outfile, bundle: true, platform: 'node', format: 'esm', logLevel: 'silent' },
    alias: { '@napi-rs/image': here('dangerous-library.mjs') },
    define: {
      IMAGE_LIBRARY: JSON.stringify(createRequire(import.meta.url).resolve('@napi-rs/image')),
    },
    // What CommonJS packages in the bundle ask for.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
  });
  return outfile;
}
