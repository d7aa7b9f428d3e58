// The whole app on the fake Electron: a library folder, a built page, services, and what was logged.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { CONNECT_CHANNEL } from '../../../shared/contract/app/bridge.ts';
import { appContract, CONTRACT_VERSION } from '../../../shared/contract/app/index.ts';
import type { DefectOptions } from '../../host/defects.ts';
import type { HostRequest } from '../../../shared/contract/app/system.ts';
import { createClient, type Client } from '../../../shared/rpc/client.ts';
import { messagePortWire } from '../../../shared/rpc/message-port-wire.ts';
import { startDesktopApp, type DesktopParts } from '../desktop-app.ts';
import { connectPage } from './fake-contents.ts';
import { FakeElectron } from './fake-electron.ts';
import { FakeServices } from './fake-services.ts';

export interface Stage {
  readonly electron: FakeElectron;
  readonly services: FakeServices;
  readonly folder: string;
  readonly home: string;
  /** Something was thrown in the main process that nobody caught. */
  readonly defect: (sentence: string) => void;
  readonly log: string[];
  /** Starts the app, as `process.argv` would have it. */
  start(args?: readonly string[], changes?: Partial<DesktopParts>): void;
  /** Starts it, lets Electron be ready and waits for the window. */
  open(args?: readonly string[], changes?: Partial<DesktopParts>): Promise<void>;
  /** A page connects from the window. */
  page(): Page;
}

export interface Page {
  readonly client: Client<typeof appContract>;
  readonly requests: HostRequest[];
  /** Resolves once so many requests have come. */
  received(count: number): Promise<readonly HostRequest[]>;
  /** Navigates away or is reloaded: its ports go. */
  leave(): void;
}

export function setStage(): Stage {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-app-'));
  const home = path.join(folder, 'library');
  const built = path.join(folder, 'page');
  fs.mkdirSync(built);
  fs.writeFileSync(path.join(built, 'index.html'), '<!doctype html>');
  const electron = new FakeElectron();
  const services = new FakeServices();
  const log: string[] = [];
  const watches: DefectOptions[] = [];
  const pages: Page[] = [];
  onTestFinished(() => {
    for (const page of pages) page.leave();
    fs.rmSync(folder, { recursive: true, force: true });
  });

  const start: Stage['start'] = (args = [], changes = {}) => {
    startDesktopApp({
      electron: electron.parts,
      argv: ['/usr/bin/electron', 'main/app/start.mjs', `--home=${home}`, ...args],
      workingFolder: folder,
      env: {},
      platform: 'linux',
      version: '1.2.3',
      files: {
        page: built,
        preload: path.join(folder, 'preload.cjs'),
        trainer: path.join(folder, 'trainer.js'),
        icon: path.join(folder, 'icon.png'),
      },
      openServices: (options) => services.open(options),
      watchDefects: (options) => watches.push(options),
      log: (sentence) => log.push(sentence),
      ...changes,
    });
  };
  return {
    electron,
    services,
    folder,
    home,
    log,
    defect: (sentence) => {
      for (const { onDefect } of watches) onDefect({ sentence, isHopeless: false });
    },
    start,
    open: async (args, changes) => {
      const hasWindow = new Promise<void>((resolve) => {
        electron.app.once('browser-window-created', () => resolve());
      });
      start(args, changes);
      electron.ready();
      await hasWindow;
      await settle();
    },
    page: () => {
      const page = connectFakePage(electron);
      pages.push(page);
      return page;
    },
  };
}

function connectFakePage(electron: FakeElectron): Page {
  const ends = connectPage(electron.ipcMain, CONNECT_CHANNEL, electron.window.webContents);
  const client = createClient(appContract, messagePortWire(ends.page), {
    version: CONTRACT_VERSION,
  });
  const requests: HostRequest[] = [];
  const waiting: { count: number; resolve: (requests: readonly HostRequest[]) => void }[] = [];
  client.subscribe(
    'app.requests',
    {},
    {
      onEvent: (request) => {
        requests.push(request);
        for (const { count, resolve } of waiting) if (requests.length >= count) resolve(requests);
      },
    },
  );
  return {
    client,
    requests,
    received: (count) =>
      new Promise((resolve) => {
        if (requests.length >= count) resolve(requests);
        else waiting.push({ count, resolve });
      }),
    leave: () => ends.page.close(),
  };
}

/** Lets everything that is only waiting for its turn have it. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}
