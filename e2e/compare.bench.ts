// What it costs to list five hundred runs and to compare fifty long ones: in the host alone, and until the
// page stands in a real browser. Reports medians; asserts nothing about time.
import path from 'node:path';
import { AppServices } from '../main/host/app-services.ts';
import { openHost } from '../main/host/open-host.ts';
import { writeLargeLibrary } from './large-library.ts';
import { openServed } from './opened-app.ts';
import { expect, test } from './story.ts';

const RUNS = 500;
const COMPARED = 50;
const POINTS = 10_000;
const COLD_TIMES = 7;
const WARM_TIMES = 15;
const PAGE_TIMES = 5;

test('Five hundred runs are listed and fifty compared', async ({ chromiumBrowser, scratch }) => {
  test.setTimeout(600_000);
  if (!chromiumBrowser) throw new Error('This benchmark needs Chromium.');
  const library = path.join(scratch, 'library');
  const ids = writeLargeLibrary(library, { runs: RUNS, longRuns: COMPARED, longSteps: POINTS });
  const chosen = ids.slice(0, COMPARED);
  const results: Record<string, string> = {};

  const listed = { includeDeleted: false };
  const asked = { ids: chosen, lastK: 5 };
  results['host, just opened: list 500 (ms)'] = await medianOf(COLD_TIMES, () =>
    inHost(library, ({ handlers }, context) => handlers['runs.list'](listed, context)),
  );
  results[`host, just opened: compare ${COMPARED} of ${POINTS} steps (ms)`] = await medianOf(
    COLD_TIMES,
    () => inHost(library, ({ handlers }, context) => handlers['compare.runs'](asked, context)),
  );
  await inHost(library, async ({ handlers }, context) => {
    const { runs } = await handlers['runs.list'](listed, context);
    const compared = await handlers['compare.runs'](asked, context);
    expect([runs.length, compared.runs.length]).toEqual([RUNS, COMPARED]);
    results['host: list again (ms)'] = await medianOf(WARM_TIMES, async () => {
      await handlers['runs.list'](listed, context);
    });
    results['host: compare again (ms)'] = await medianOf(WARM_TIMES, async () => {
      await handlers['compare.runs'](asked, context);
    });
  });

  const opened = openServed(chromiumBrowser, {
    library,
    context: { viewport: { width: 1280, height: 800 } },
  });
  try {
    const page = await opened.openWindow();
    await expect(page.getByRole('grid', { name: 'Runs' })).toBeVisible();
    const { origin } = new URL(page.url());
    const stands = async (address: string, isThere: () => Promise<void>): Promise<number> => {
      await page.goto('about:blank');
      await page.goto(`${origin}/#/${address}`);
      await isThere();
      return page.evaluate(() => performance.now());
    };
    const list = (): Promise<void> =>
      page.getByRole('grid', { name: 'Runs' }).getByRole('row').nth(5).waitFor();
    const compared = (): Promise<void> =>
      page.getByRole('grid', { name: 'Comparison' }).getByRole('row').nth(3).waitFor();
    results['page: list stands after (ms)'] = await medianOf(PAGE_TIMES, () =>
      stands('runs', list),
    );
    results['page: comparison stands after (ms)'] = await medianOf(PAGE_TIMES, () =>
      stands(`compare?runs=${chosen.join(',')}`, compared),
    );
  } finally {
    await opened.close();
  }
  console.log(JSON.stringify(results, null, 2));
});

type Context = Parameters<AppServices['handlers']['runs.list']>[1];

/** Opens the library in this process; resolves with the time that `work` took, without the opening. */
async function inHost(
  library: string,
  work: (services: AppServices, context: Context) => Promise<unknown>,
): Promise<number> {
  const host = openHost({ home: library });
  const services = new AppServices(host.parts);
  const { signal } = new AbortController();
  const begun = performance.now();
  try {
    await work(services, { signal, client: { id: 'bench', closed: signal } });
    return performance.now() - begun;
  } finally {
    await services.close();
    host.close();
  }
}

/** `12.3 (n = 15, 11.9–14.0)`; the first time is left out, for it warms what is measured. */
async function medianOf(times: number, work: () => Promise<unknown>): Promise<string> {
  const taken: number[] = [];
  for (let time = 0; time <= times; time++) {
    const begun = performance.now();
    const own = await work();
    taken.push(typeof own === 'number' ? own : performance.now() - begun);
  }
  const sorted = taken.slice(1).sort((a, b) => a - b);
  const at = (share: number): string =>
    (sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN).toFixed(1);
  return `${at(0.5)} (n = ${times}, ${at(0)}–${at(1)})`;
}
