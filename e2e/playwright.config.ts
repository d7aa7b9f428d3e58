// The whole app against its real trainer: `browser` opens what `serve` serves in Chromium, `desktop`
// opens Electron. Both tell the same stories.
import { defineConfig } from '@playwright/test';
import type { StoryOptions } from './story.ts';

/** Whatever takes this long hangs; on a machine that does nothing else a story takes a few seconds. */
const SLOW_MACHINE_MS = 600_000;
const SLOW_ANSWER_MS = 60_000;

const config = defineConfig<object, StoryOptions>({
  testDir: 'stories',
  outputDir: '../dist/e2e',
  globalSetup: './before-all.ts',
  // Every story trains; two at a time would only take each other's cores.
  workers: 1,
  fullyParallel: false,
  forbidOnly: process.env['CI'] !== undefined,
  timeout: SLOW_MACHINE_MS,
  expect: { timeout: SLOW_ANSWER_MS },
  reporter: process.env['CI'] === undefined ? [['list']] : [['list'], ['github']],
  use: {
    viewport: { width: 1280, height: 800 },
    contextOptions: { reducedMotion: 'reduce' },
    actionTimeout: SLOW_ANSWER_MS,
    navigationTimeout: SLOW_ANSWER_MS,
    screenshot: 'only-on-failure',
  },
  projects: [
    { name: 'browser', use: { host: 'serve' } },
    { name: 'desktop', use: { host: 'electron' } },
  ],
});

export { config as default };
