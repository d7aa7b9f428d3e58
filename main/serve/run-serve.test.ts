import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { appContract, CONTRACT_VERSION } from '../../shared/contract/app/index.ts';
import { createClient } from '../../shared/rpc/client.ts';
import { createNotes, type Notes } from '../../shared/rpc/testing/notes.ts';
import { runServe, type RunServeOptions } from './run-serve.ts';
import { cookieOf, pageWire, request, temporaryFolder, writePage } from './testing/serving.ts';

interface Running {
  readonly port: number;
  readonly address: string;
  readonly notes: Notes;
  readonly stop: () => Promise<void>;
}

async function start(options: Partial<RunServeOptions> & { home: string }): Promise<Running> {
  const controller = new AbortController();
  const notes = createNotes();
  let ended: Promise<void> = Promise.resolve();
  const stop = async (): Promise<void> => {
    controller.abort();
    await ended;
  };
  // What it fails with is what the test waits for.
  onTestFinished(() => stop().catch(() => undefined));
  const address = await new Promise<string>((resolve, reject) => {
    ended = runServe({
      pageFolder: writePage(temporaryFolder()),
      env: { PATH: '' },
      stop: controller.signal,
      onNote: notes.add,
      onAddress: (url, isFirst) => {
        if (isFirst) resolve(url);
        else notes.add('another address');
      },
      ...options,
    });
    ended.catch(reject);
  });
  return { port: Number(new URL(address).port), address, notes, stop };
}

test('The app answers at the printed address, and gives back everything when it is stopped.', async () => {
  const home = temporaryFolder();
  const { port, address, notes, stop } = await start({ home });
  const cookie = cookieOf(await request(port, `/${new URL(address).search}`, {}));
  await notes.seen('another address');
  const page = await request(port, '/', { headers: { cookie } });
  expect(page.body.toString()).toContain('ResNet Lab');
  const client = createClient(appContract, pageWire(port, cookie), { version: CONTRACT_VERSION });
  const info = await client.call('app.info', {});
  expect(info.libraryFolder).toBe(home);
  expect(info.capabilities.pickFolder).toBe(false);
  await stop();
  await expect(request(port, '/', {})).rejects.toThrow('ECONNREFUSED');
  expect(notes.all).toEqual(['another address']);
});

test('After a restart it is at the same port, and browsers that were let in still are.', async () => {
  const home = temporaryFolder();
  const first = await start({ home });
  const cookie = cookieOf(await request(first.port, `/${new URL(first.address).search}`, {}));
  await first.stop();
  const second = await start({ home });
  expect(second.port).toBe(first.port);
  expect(second.address).not.toBe(first.address);
  expect((await request(second.port, '/', { headers: { cookie } })).status).toBe(200);
  await second.stop();

  const squatter = net.createServer().listen(first.port, '127.0.0.1');
  await new Promise((resolve) => squatter.once('listening', resolve));
  onTestFinished(() => void squatter.close());
  const third = await start({ home });
  expect(third.port).not.toBe(first.port);
});

test('A port that was asked for and is taken is an error, and nothing stays open.', async () => {
  const squatter = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => squatter.once('listening', resolve));
  onTestFinished(() => void squatter.close());
  const { port } = squatter.address() as AddressInfo;
  await expect(start({ home: temporaryFolder(), port })).rejects.toMatchObject({
    code: 'port-in-use',
    message: `Port ${port} of 127.0.0.1 is in use by another program. Choose another with --port, or leave it out.`,
  });
});

test('Listening to other machines is warned of; a browser that cannot open is a note.', async () => {
  const { notes } = await start({ home: temporaryFolder(), host: '0.0.0.0', open: true });
  expect(notes.all[0]).toMatch(/^Other machines can reach 0\.0\.0\.0, and nothing that is sent/);
  await expect.poll(() => notes.all[1]).toMatch(/^The browser could not be opened/);
});

test('A page that was never built is said before anything is opened.', async () => {
  const pageFolder = path.join(temporaryFolder(), 'nothing');
  await expect(start({ home: temporaryFolder(), pageFolder })).rejects.toMatchObject({
    code: 'no-page',
    path: pageFolder,
  });
});
