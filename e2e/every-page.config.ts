// Pictures of every page: `RESNET_LAB_LOOK=LIBRARY npx playwright test --config e2e/every-page.config.ts`.
import { defineConfig } from '@playwright/test';
import type { StoryOptions } from './story.ts';
import stories from './playwright.config.ts';

const config = defineConfig<object, StoryOptions>({
  ...stories,
  testDir: '.',
  testMatch: 'every-page.ts',
  timeout: 1_500_000,
  projects: [{ name: 'browser', use: { host: 'serve' } }],
});

export { config as default };
