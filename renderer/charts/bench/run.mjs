// Opens the chart benchmark in Chromium and prints what it measured.
// Usage: node renderer/charts/bench/run.mjs [path of Chromium]
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { createServer } from 'vite';

const root = fileURLToPath(new URL('../..', import.meta.url));
const server = await createServer({
  configFile: `${root}/vite.config.ts`,
  cacheDir: `${root}/../node_modules/.vite-bench`,
  optimizeDeps: {
    noDiscovery: true,
    include: [
      'chart.js',
      'chartjs-chart-matrix',
      'chartjs-plugin-annotation',
      'chartjs-plugin-zoom',
      'zod',
    ],
  },
  server: { port: 0, host: '127.0.0.1', hmr: false, watch: null },
  logLevel: 'error',
});
await server.listen();
const base = server.resolvedUrls?.local[0];
const browser = await chromium.launch({
  executablePath: process.argv[2] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
});
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.on('pageerror', (error) => {
    console.error(error);
    process.exitCode = 1;
    void page.close();
  });
  await page.goto(`${base}charts/bench/index.html`);
  await page.waitForFunction(() => window.results !== undefined, undefined, { timeout: 120_000 });
  console.log(JSON.stringify(await page.evaluate(() => window.results), null, 2));
} finally {
  await browser.close();
  await server.close();
}
