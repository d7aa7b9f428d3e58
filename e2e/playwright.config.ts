// The whole app against its real trainer: `browser` opens what `serve` serves in Chromium, `desktop`
// opens Electron. Both tell the same stories.
import { defineConfig } from '@playwright/test';
import type { StoryOptions } from './story.ts';

const SLOW_MACHINE_MS = 120_000;

const config = defineConfig<object, StoryOptions>({
  testDir: 'stories',
  outputDir: '../dist/e2e',
  globalSetup: './before-all.ts',
  // Every story trains; two at a time would only take each other's cores.
  workers: 1,
  fullyParallel: false,
  forbidOnly: process.env['CI'] !== undefined,
  timeout: SLOW_MACHINE_MS,
  expect: { timeout: 20_000 },
  reporter: process.env['CI'] === undefined ? [['list']] : [['list'], ['github']],
  use: {
    viewport: { width: 1280, height: 800 },
    contextOptions: { reducedMotion: 'reduce' },
    actionTimeout: 20_000,
    navigationTimeout: 30_000,
    screenshot: 'only-on-failure',
  },
  projects: [
    { name: 'browser', use: { host: 'serve' } },
    { name: 'desktop', use: { host: 'electron' } },
  ],
});

export { config as default };
