// Four projects: `unit` needs no TensorFlow; `page` is the renderer, compiled by Svelte; `components` shows
// parts of it in a Chromium, if there is one; `native` runs against the real library, which is staged first.
// Time limits are for what hangs, not for what is slow.
import { availableParallelism } from 'node:os';
import { chromium } from '@playwright/test';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { findChromium } from './main/host/find-chromium.ts';

// Vitest leaves one processor free, which on two is half of them.
const WORKERS = availableParallelism();

/** What is polled for comes, or hangs. */
const POLL = { poll: { timeout: 30_000 } };

const browser = findChromium({ ownPath: chromium.executablePath() });
if ('reason' in browser) console.warn(`Component tests are left out. ${browser.reason}`);

const components = (executablePath: string): TestProjectInlineConfiguration => ({
  plugins: [svelte({ configFile: 'renderer/svelte.config.js' })],
  test: {
    name: 'components',
    include: ['renderer/**/*.spec.ts'],
    // One at a time: keys go to the part that has the focus. So they need a turn of their own.
    fileParallelism: false,
    sequence: { groupOrder: 1 },
    testTimeout: 60_000,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions: { executablePath } }),
      instances: [{ browser: 'chromium', viewport: { width: 1280, height: 800 } }],
    },
  },
});

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{main,shared}/**/*.test.ts'],
          exclude: ['**/*.native.test.ts', '**/node_modules/**'],
          maxWorkers: WORKERS,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          expect: POLL,
        },
      },
      {
        plugins: [svelte({ configFile: 'renderer/svelte.config.js' })],
        resolve: { conditions: ['browser'] },
        test: {
          name: 'page',
          include: ['renderer/**/*.test.ts'],
          maxWorkers: WORKERS,
          testTimeout: 60_000,
          expect: POLL,
        },
      },
      ...('reason' in browser ? [] : [components(browser.path)]),
      {
        test: {
          name: 'native',
          include: ['{main,shared}/**/*.native.test.ts'],
          // TensorFlow cannot load in a worker thread. Half of the time goes to starting programs and to files,
          // so two at once are a quarter faster on two cores; more would only wait for them.
          pool: 'forks',
          maxWorkers: 2,
          // After the others: a different number of workers needs a turn of its own.
          sequence: { groupOrder: 2 },
          testTimeout: 300_000,
          hookTimeout: 600_000,
          globalSetup: ['main/build/testing/stage-runtime.ts'],
          setupFiles: ['main/build/testing/load-runtime.ts'],
        },
      },
    ],
  },
});
