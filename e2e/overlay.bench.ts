// What the list of runs costs with fifty long runs on its charts, in a real browser against a real
// host: until the charts stand, and whether frames are missed while they are panned and zoomed. Reports;
// asserts nothing about time.
import fs from 'node:fs';
import path from 'node:path';
import type { Page } from '@playwright/test';
import { median } from '../main/bench/statistics.ts';
import { driveFrames, type Motion } from './frame-stamps.ts';
import { writeLargeLibrary } from './large-library.ts';
import { openServed } from './opened-app.ts';
import { expect, test } from './story.ts';

const RUNS = 400;
const CHOSEN = 50;
const POINTS = 100_000;
/** Three seeds a group are one curve. */
const GROUPS = Math.ceil(CHOSEN / 3);
const ROUNDS = 5;
const FRAMES = 150;
/** Longer than what follows a move: the finer points of what is in view, fetched and drawn. */
const REST_MS = 1500;
/** Two are as much as a window of this size shows. */
const UPPER = ['Validation accuracy', 'Training loss'];
const LOWER = ['Validation loss', 'Training accuracy', 'Learning rate'];

interface Opening {
  readonly upperMs: number;
  readonly allMs: number;
}

test('Fifty runs of a hundred thousand points', async ({ chromiumBrowser, scratch }) => {
  test.setTimeout(900_000);
  if (!chromiumBrowser) throw new Error('This benchmark needs Chromium.');
  const library = path.join(scratch, 'library');
  const ids = writeLargeLibrary(library, { runs: RUNS, longRuns: CHOSEN, longSteps: POINTS });
  const opened = openServed(chromiumBrowser, {
    library,
    context: { viewport: { width: 1280, height: 800 } },
  });
  const results: Record<string, number | string> = {};
  try {
    const page = await opened.openWindow();
    await expect(page.getByRole('main')).toBeVisible();
    const { origin } = new URL(page.url());
    const chosen = `#/runs?select=${ids.slice(0, CHOSEN).join(',')}`;

    const openInApp = async (): Promise<Opening> => {
      await page.goto('about:blank');
      await page.goto(`${origin}/#/settings`);
      await expect(page.getByRole('heading', { name: 'Settings' }).first()).toBeVisible();
      await page.waitForTimeout(REST_MS);
      return untilDrawn(page, chosen);
    };
    const first = await openInApp();
    results['in the app, not read before: charts in view stand after (ms)'] = first.upperMs;
    results['in the app, not read before: all five stand after (ms)'] = first.allMs;
    const again: Opening[] = [];
    for (let round = 0; round < ROUNDS; round++) again.push(await openInApp());
    results[`in the app, read before: charts in view stand after (ms, median of ${ROUNDS})`] =
      median(again.map(({ upperMs }) => upperMs));
    results[`in the app, read before: all five stand after (ms, median of ${ROUNDS})`] = median(
      again.map(({ allMs }) => allMs),
    );

    const paints: number[] = [];
    const addressed: Opening[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      await page.goto('about:blank');
      await page.goto(`${origin}/${chosen}`);
      addressed.push(await untilDrawn(page, undefined));
      paints.push(
        await page.evaluate(() =>
          Math.round(performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1),
        ),
      );
    }
    results[`by its address: first paint (ms, median of ${ROUNDS})`] = median(paints);
    results[`by its address: charts in view stand after (ms, median of ${ROUNDS})`] = median(
      addressed.map(({ upperMs }) => upperMs),
    );

    const plot = page.getByRole('group', { name: /^Training loss:/ });
    const box = await plot.boundingBox();
    if (!box) throw new Error('The chart of the training loss is not there.');
    const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    await page.mouse.move(at.x - 80, at.y);
    await page.mouse.down();
    await page.mouse.move(at.x + 60, at.y, { steps: 5 });
    await page.mouse.up();
    await expect(page.getByRole('button', { name: 'Reset zoom' }).first()).toBeVisible();
    for (const motion of ['none', 'pan', 'zoom'] as const satisfies readonly Motion[]) {
      const missed: number[] = [];
      let drawn = 0;
      for (let round = 0; round < ROUNDS; round++) {
        await page.waitForTimeout(REST_MS);
        const direction = round % 2 === 0 ? -1 : 1;
        const frames = await driveFrames(page, motion, { at, frames: FRAMES, direction });
        missed.push(frames.missed);
        drawn += frames.drawn;
      }
      const name = motion === 'none' ? 'at rest' : motion;
      results[`${name}: frames drawn`] = drawn;
      results[`${name}: frames missed, by round`] = missed.join(' ');
    }
  } finally {
    await opened.close();
  }
  console.log(JSON.stringify(results, null, 2));
  const report = process.env['RESNET_LAB_BENCH_REPORT'];
  if (report) fs.writeFileSync(report, `${JSON.stringify(results, null, 2)}\n`);
});

/** From where one goes to `hash`, or from the beginning of the page, until every curve is there. */
function untilDrawn(page: Page, hash: string | undefined): Promise<Opening> {
  return page.evaluate(
    async ({ hash, upper, lower, groups }) => {
      const isDrawn = (title: string): boolean => {
        const chart = document.querySelector(`section[aria-label="${title}"]`);
        const names = chart?.querySelectorAll('[aria-label="Curves"] button').length ?? 0;
        return chart?.getAttribute('aria-busy') === 'false' && names >= groups;
      };
      const afterFrames = (count: number, work: () => void): void => {
        if (count === 0) work();
        else requestAnimationFrame(() => afterFrames(count - 1, work));
      };
      const untilAll = (titles: readonly string[]): Promise<number> =>
        new Promise((resolve) => {
          const look = (): void => {
            // A chart is made after the first frame that has its place, and is on the screen with the next.
            if (titles.every(isDrawn)) afterFrames(2, () => resolve(performance.now()));
            else requestAnimationFrame(look);
          };
          look();
        });
      const from = hash === undefined ? 0 : performance.now();
      if (hash !== undefined) location.hash = hash;
      const upperMs = Math.round((await untilAll(upper)) - from);
      const allMs = Math.round((await untilAll([...upper, ...lower])) - from);
      return { upperMs, allMs };
    },
    { hash, upper: UPPER, lower: LOWER, groups: GROUPS },
  );
}
