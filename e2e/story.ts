// What every story has: a library folder, the app opened on it, the first window, and a folder for its
// images. On failure the logs of host and trainers are attached.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test as base, type Browser, type TestInfo } from '@playwright/test';
import { findElectron } from '../main/app/find-electron.ts';
import { findChromium } from '../main/host/find-chromium.ts';
import { CHROMIUM_FLAGS } from './chromium-flags.ts';
import { openDesktop, openServed, type OpenedApp } from './opened-app.ts';
import { Lab } from './lab.ts';

export interface StoryOptions {
  readonly host: 'serve' | 'electron';
}

interface StoryParts {
  /** A folder that is gone after the story. */
  readonly scratch: string;
  readonly opened: OpenedApp;
  /** The first window. */
  readonly lab: Lab;
}

interface WorkerParts extends StoryOptions {
  /** Undefined where windows are Electron's. */
  readonly chromiumBrowser: Browser | undefined;
}

export const test = base.extend<StoryParts, WorkerParts>({
  host: ['serve', { option: true, scope: 'worker' }],

  chromiumBrowser: [
    async ({ playwright, host }, use) => {
      if (host === 'electron') return use(undefined);
      const found = findChromium({ ownPath: playwright.chromium.executablePath() });
      if ('reason' in found) throw new Error(found.reason);
      const browser = await playwright.chromium.launch({
        executablePath: found.path,
        args: CHROMIUM_FLAGS,
      });
      await use(browser);
      await browser.close();
    },
    { scope: 'worker' },
  ],

  scratch: async ({}, use) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'resnet-lab-e2e-'));
    await use(folder);
    fs.rmSync(folder, { recursive: true, force: true });
  },

  opened: async ({ host, chromiumBrowser, scratch, viewport, contextOptions }, use, info) => {
    if (host === 'electron') {
      const electron = findElectron();
      const reason = 'reason' in electron ? electron.reason : '';
      info.skip(reason !== '', `No window: ${reason}`);
    }
    const library = path.join(scratch, 'library');
    const opened = chromiumBrowser
      ? openServed(chromiumBrowser, { library, context: { viewport, ...contextOptions } })
      : await openDesktop(library);
    try {
      await use(opened);
    } finally {
      await opened.close();
      if (info.status !== info.expectedStatus) await attachLogs(info, library, opened.log());
    }
  },

  lab: async ({ opened }, use) => {
    await use(await Lab.open(opened));
  },
});

export { expect } from '@playwright/test';

async function attachLogs(info: TestInfo, library: string, printed: string): Promise<void> {
  await info.attach('host.log', { body: printed, contentType: 'text/plain' });
  const runs = path.join(library, 'runs');
  if (!fs.existsSync(runs)) return;
  for (const run of fs.readdirSync(runs)) {
    const log = path.join(runs, run, 'trainer.log');
    if (!fs.existsSync(log)) continue;
    await info.attach(`trainer-${run}.log`, { path: log, contentType: 'text/plain' });
  }
}
