// Takes every page of a library that exists, at four widths in both themes, as tall as its content, into
// dist/every-page: to be looked at by a person. Not a test: what it asserts is that nothing is wider than
// the window and that the page has no defect.
import fs from 'node:fs';
import path from 'node:path';
import type { Page } from '@playwright/test';
import { openLibrary } from '../main/store/library.ts';
import { Lab } from './lab.ts';
import { openServed } from './opened-app.ts';
import { projectFolder } from './served-app.ts';
import { expect, test } from './story.ts';

const LIBRARY = process.env['RESNET_LAB_LOOK'];
const WIDTHS = numbers(process.env['RESNET_LAB_LOOK_WIDTHS']) ?? [1024, 1280, 1440, 1920];
const THEMES = ['dark', 'light'] as const;
/** The run whose tabs are taken; else one that has finished. */
const RUN = process.env['RESNET_LAB_LOOK_RUN'];
/** Only pages whose name holds this. */
const ONLY = process.env['RESNET_LAB_LOOK_ONLY'] ?? '';
const FOLDER = path.join(projectFolder, 'dist', 'every-page');
const HEIGHT = 900;
const TALLEST = 8000;
const SETTLE_MS = 700;
const LIST_MS = 8000;
const RUN_TABS = [
  'mistakes',
  'confusion',
  'responses',
  'probes',
  'system',
  'log',
  'spec',
  'notes',
] as const;

interface RunFacts {
  readonly id: string;
  /** Its status, or that it was imported: these have pages of their own. */
  readonly kind: string;
}

interface Place {
  readonly name: string;
  readonly hash: string;
}

test('Every page', async ({ chromiumBrowser }) => {
  test.skip(LIBRARY === undefined, 'RESNET_LAB_LOOK names no library.');
  if (chromiumBrowser === undefined || LIBRARY === undefined) return;
  fs.mkdirSync(FOLDER, { recursive: true });
  const opened = openServed(chromiumBrowser, {
    library: LIBRARY,
    context: { viewport: { width: 1280, height: HEIGHT }, reducedMotion: 'reduce' },
  });
  try {
    const lab = await Lab.open(opened);
    const places = (await findPlaces(lab.page, LIBRARY)).filter(({ name }) => name.includes(ONLY));
    for (const place of places) await takeAll(lab.page, place);
    expect.soft(lab.defects, 'errors of the page').toEqual([]);
  } finally {
    await opened.close();
  }
});

/** What there is to see in this library: one run of each kind, with every tab of one that has finished. */
async function findPlaces(page: Page, folder: string): Promise<readonly Place[]> {
  const runs = runsOf(folder);
  const ids = runs.map(({ id }) => id);
  const kinds = new Map(runs.map(({ id, kind }) => [kind, id]));
  const finished = RUN ?? kinds.get('finished') ?? ids[0] ?? '';
  const compare: Place = { name: 'compare', hash: `#/compare?runs=${ids.join(',')}` };
  if ((await hrefs(page, 'reports')).length === 0) await draftReport(page, compare);
  const datasets = await hrefs(page, 'datasets');
  const reports = await hrefs(page, 'reports');
  const studies = await hrefs(page, 'studies');
  return [
    { name: 'start', hash: '#/start' },
    { name: 'runs', hash: '#/runs' },
    { name: 'runs-chosen', hash: `#/runs?select=${ids.join(',')}` },
    ...[...kinds].map(([kind, id]) => ({ name: `run-${kind}`, hash: `#/run/${id}` })),
    ...RUN_TABS.map((tab) => ({ name: `tab-${tab}`, hash: `#/run/${finished}/${tab}` })),
    compare,
    { name: 'compare-none', hash: '#/compare' },
    { name: 'new', hash: '#/new' },
    { name: 'datasets', hash: '#/datasets' },
    ...datasets.map((hash, i) => ({ name: `dataset-${i}`, hash })),
    { name: 'studies', hash: '#/studies' },
    ...studies.slice(0, 1).map((hash) => ({ name: 'study', hash })),
    { name: 'reports', hash: '#/reports' },
    ...reports.slice(0, 1).map((hash) => ({ name: 'report', hash })),
    { name: 'settings', hash: '#/settings' },
    { name: 'trash', hash: '#/trash' },
  ];
}

function runsOf(folder: string): readonly RunFacts[] {
  const library = openLibrary(folder);
  try {
    return library.runs.list().runs.map(({ id, status, imported }) => ({
      id,
      kind: imported === null ? status : 'imported',
    }));
  } finally {
    library.close();
  }
}

async function draftReport(page: Page, { hash }: Place): Promise<void> {
  await goTo(page, hash);
  await page.getByRole('button', { name: 'Draft a report' }).click();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible({ timeout: 60_000 });
}

async function takeAll(page: Page, place: Place): Promise<void> {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: HEIGHT });
    await goTo(page, place.hash);
    await page.setViewportSize({ width, height: await contentHeight(page) });
    for (const colorScheme of THEMES) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await settle(page);
      const file = path.join(FOLDER, `${place.name}-${width}-${colorScheme}.png`);
      await page.screenshot({ path: file, animations: 'disabled', caret: 'hide' });
    }
    expect
      .soft(
        await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
        `${place.name} at ${width} fits the window`,
      )
      .toBeLessThanOrEqual(0);
  }
}

async function goTo(page: Page, hash: string): Promise<void> {
  await page.evaluate((to) => {
    window.location.hash = to;
  }, hash);
  await settle(page);
}

/** Charts and pictures come from the host, a frame or more after the page. */
async function settle(page: Page): Promise<void> {
  await page.waitForTimeout(SETTLE_MS);
  await expect(page.getByText(/^(Loading|Reading)\b/)).toHaveCount(0, { timeout: 60_000 });
}

/** Where the links of a list lead. On a busy machine it comes later than its page; it may be empty. */
async function hrefs(page: Page, list: string): Promise<readonly string[]> {
  await goTo(page, `#/${list}`);
  const links = page.getByRole('main').locator(`a[href^="#/${list}/"]`);
  await links
    .first()
    .waitFor({ timeout: LIST_MS })
    .catch(() => undefined);
  const all = await links.evaluateAll((found) =>
    found.map((one) => one.getAttribute('href') ?? ''),
  );
  return [...new Set(all)];
}

/** The height of window in which the page's own scroller has nothing left to scroll. */
async function contentHeight(page: Page): Promise<number> {
  const hidden = await page.getByRole('main').evaluate((main) =>
    [...main.querySelectorAll('*')].reduce((most, element) => {
      // Only what is about as tall as the window scrolls the page; lists and logs have bars of their own.
      if (element.clientHeight < window.innerHeight * 0.75) return most;
      return Math.max(most, element.scrollHeight - element.clientHeight);
    }, 0),
  );
  return Math.min(TALLEST, HEIGHT + hidden);
}

function numbers(text: string | undefined): readonly number[] | undefined {
  return text?.split(',').map(Number);
}
