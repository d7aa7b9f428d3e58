// Whether exported files compute what this app computes, in every program that reads them: `npm run exports:check`.
import { defineConfig } from '@playwright/test';
import type { StoryOptions } from './story.ts';
import stories from './playwright.config.ts';

const config = defineConfig<object, StoryOptions>({
  ...stories,
  testDir: 'exports',
  testMatch: 'every-format.ts',
  timeout: 7_200_000,
  projects: [{ name: 'browser', use: { host: 'serve' } }],
});

export { config as default };
