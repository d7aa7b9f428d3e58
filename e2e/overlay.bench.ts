// What the list of runs costs with fifty long runs on its charts, in a real browser against a real
// host: until the charts stand, and for each frame of a pan. Reports; asserts nothing about time.
import fs from 'node:fs';
import path from 'node:path';
import { writeLargeLibrary } from './large-library.ts';
import { openServed } from './opened-app.ts';
import { expect, test } from './story.ts';

const RUNS = 400;
const CHOSEN = 50;
const POINTS = 100_000;
/** Three seeds a group are one curve. */
const GROUPS = Math.ceil(CHOSEN / 3);
const PAN_FRAMES = 90;
/** One and a half frames at 60 Hz: callbacks waver by less. */
const LATE_MS = 25;

test('Fifty runs of a hundred thousand points', async ({ chromiumBrowser, scratch }) => {
  test.setTimeout(600_000);
  if (!chromiumBrowser) throw new Error('This benchmark needs Chromium.');
  const library = path.join(scratch, 'library');
  const ids = writeLargeLibrary(library, { runs: RUNS, longRuns: CHOSEN, longSteps: POINTS });
  const opened = openServed(chromiumBrowser, {
    library,
    context: { viewport: { width: 1280, height: 800 } },
  });
  const results: Record<string, number> = {};
  try {
    const page = await opened.openWindow();
    await expect(page.getByRole('grid', { name: 'Runs' })).toBeVisible();
    const address = `${new URL(page.url()).origin}/#/runs?select=${ids.slice(0, CHOSEN).join(',')}`;
    const isDrawn = (title: string): Promise<unknown> =>
      page.waitForFunction(
        ([label, curves]) => {
          const chart = document.querySelector(`section[aria-label="${label}"]`);
          const names = chart?.querySelectorAll('[aria-label="Curves"] button').length ?? 0;
          return chart?.getAttribute('aria-busy') === 'false' && names >= curves;
        },
        [title, GROUPS] as const,
        { polling: 'raf', timeout: 120_000 },
      );
    for (const state of ['not read before', 'read before']) {
      await page.goto('about:blank');
      await page.goto(address);
      await isDrawn('Validation accuracy');
      await isDrawn('Training loss');
      results[`${state}: upper charts stand after (ms)`] = await now();
      await isDrawn('Learning rate');
      results[`${state}: all five stand after (ms)`] = await now();
      results[`${state}: first paint (ms)`] = await page.evaluate(() =>
        Math.round(performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1),
      );
    }
    const plot = page.getByRole('group', { name: /^Training loss:/ });
    const box = await plot.boundingBox();
    if (!box) throw new Error('The chart of the training loss is not there.');
    const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    await page.mouse.move(middle.x - 80, middle.y);
    await page.mouse.down();
    await page.mouse.move(middle.x + 60, middle.y, { steps: 5 });
    await page.mouse.up();
    await expect(page.getByRole('button', { name: 'Reset zoom' }).first()).toBeVisible();
    await page.waitForTimeout(3000);
    await page.evaluate(() => {
      const gaps: number[] = [];
      let last = performance.now();
      const watch = (): void => {
        const at = performance.now();
        gaps.push(at - last);
        last = at;
        requestAnimationFrame(watch);
      };
      requestAnimationFrame(watch);
      Object.assign(window, { gaps });
    });
    await page.keyboard.down('Shift');
    await page.mouse.down();
    for (let frame = 0; frame < PAN_FRAMES; frame++) {
      await page.mouse.move(middle.x + 60 - frame, middle.y);
    }
    const gaps = await page.evaluate(() => (window as unknown as { gaps: number[] }).gaps);
    await page.mouse.up();
    await page.keyboard.up('Shift');
    gaps.sort((a, b) => a - b);
    const at = (share: number): number =>
      Number((gaps[Math.floor(share * (gaps.length - 1))] ?? -1).toFixed(1));
    results['pan: frame to frame, median (ms)'] = at(0.5);
    results['pan: frame to frame, 95 % (ms)'] = at(0.95);
    results['pan: frames'] = gaps.length;
    results['pan: frames that came a frame late'] = gaps.filter((gap) => gap > LATE_MS).length;

    async function now(): Promise<number> {
      return Math.round(await page.evaluate(() => performance.now()));
    }
  } finally {
    await opened.close();
  }
  console.log(JSON.stringify(results, null, 2));
  const report = process.env['RESNET_LAB_BENCH_REPORT'];
  if (report) fs.writeFileSync(report, `${JSON.stringify(results, null, 2)}\n`);
});
