// The page's benchmark: `npm run bench:page`.
import { defineConfig } from '@playwright/test';
import type { StoryOptions } from './story.ts';
import stories from './playwright.config.ts';

const config = defineConfig<object, StoryOptions>({
  ...stories,
  testDir: '.',
  testMatch: '*.bench.ts',
  timeout: 600_000,
  projects: [{ name: 'browser', use: { host: 'serve' } }],
});

export { config as default };
