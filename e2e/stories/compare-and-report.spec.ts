import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import axe from 'axe-core';
import { Lab } from '../lab.ts';
import { openServed } from '../opened-app.ts';
import { smallRun } from '../small-run.ts';
import { expect, test } from '../story.ts';

test('Two variants are compared, the guard speaks up, and a report is exported that opens offline.', async ({
  lab,
  chromiumBrowser,
  scratch,
}) => {
  test.skip(
    chromiumBrowser === undefined,
    'Downloads of a desktop window go through its own dialog.',
  );
  test.setTimeout(400_000);
  const { page } = lab;
  await page.addInitScript({ content: axe.source });
  await page.reload();
  await lab.startRun(smallRun({ name: 'Compared', steps: 40, withPlainTwin: true }));
  await lab.go('Runs');
  await expect(lab.runRow(/Finished/)).toHaveCount(2, { timeout: 120_000 });
  await page.getByRole('checkbox', { name: 'Select all' }).check();
  await page.getByRole('button', { name: 'Compare', exact: true }).click();

  await test.step('The guard says nothing about better or worse with one seed a side.', async () => {
    const guard = page.getByRole('region', { name: 'Verdict' });
    await expect(guard).toContainText('nothing can be said about better or worse');
    await expect(page.getByRole('grid', { name: 'Comparison' }).getByRole('row')).toHaveCount(3);
    const difference = page.getByRole('region', { name: 'Difference of specs' });
    await expect(difference).toContainText('shortcut');
    expect(await violations(page)).toEqual([]);
  });

  await page.getByRole('button', { name: 'Draft a report' }).click();
  await expect(page.getByRole('heading', { name: 'How to reproduce' })).toBeVisible();
  await lab.fill('Title', 'Shortcuts <b>matter</b>?');
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  expect(await violations(page)).toEqual([]);

  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export' }).click();
  await page.getByRole('menuitem', { name: 'HTML, one file' }).click();
  const file = `${scratch}/report.html`;
  await (await download).saveAs(file);
  expect(await readFile(file, 'utf8')).toContain('Shortcuts &lt;b&gt;matter&lt;/b&gt;?');

  await test.step('Without a network its charts are read, zoomed and thinned out, by keys as well.', async () => {
    const offline = await chromiumBrowser?.newContext({ offline: true });
    const opened = await offline?.newPage();
    if (!offline || !opened) throw new Error('This story needs Chromium.');
    const defects: string[] = [];
    opened.on('pageerror', (error) => defects.push(error.message));
    opened.on('console', (message) => defects.push(message.text()));
    await opened.goto(`file://${file}`);
    await expect(opened.getByRole('heading', { level: 1 })).toHaveText('Shortcuts <b>matter</b>?');
    const plot = opened.getByRole('group', { name: /^Training loss:/ });
    const reading = opened.getByRole('status').filter({ hasText: 'Step' });
    await plot.scrollIntoViewIfNeeded();
    const box = await plot.boundingBox();
    if (!box) throw new Error('The training loss has no chart.');
    const at = (share: number): [number, number] => [box.x + box.width * share, box.y + 120];
    const end = () => plot.locator('text').filter({ hasText: /^\d+$/ }).allTextContents();
    const whole = await end();
    await opened.mouse.move(...at(0.5));
    await expect(reading).toContainText('Compared');
    await opened.mouse.move(...at(0.3));
    await opened.mouse.down();
    await opened.mouse.move(...at(0.6), { steps: 4 });
    await opened.mouse.up();
    const reset = opened.getByRole('button', { name: 'Reset zoom' }).filter({ visible: true });
    await expect(reset).toBeVisible();
    expect(await end()).not.toEqual(whole);
    await opened.mouse.dblclick(...at(0.4));
    await expect(reset).toBeHidden();
    expect(await end()).toEqual(whole);

    const name = plot.getByRole('button').first();
    await name.focus();
    await opened.keyboard.press('Enter');
    await expect(name).toHaveAttribute('aria-pressed', 'false');
    await expect(name).toBeFocused();
    await plot.focus();
    await opened.keyboard.press('ArrowRight');
    await expect(reading).toBeVisible();
    await opened.keyboard.press('+');
    await expect(reset).toBeVisible();
    await opened.keyboard.press('Escape');
    await expect(reset).toBeHidden();
    expect(defects).toEqual([]);
    await offline.close();
  });

  await test.step('A chart of a run goes into the report as it is: zoomed, and logarithmic.', async () => {
    await lab.openRun(/^(?!.*plain).*Compared/i);
    const loss = page.getByRole('region', { name: 'Loss', exact: true });
    await loss.getByRole('radio', { name: 'Log' }).or(loss.getByText('Log')).first().click();
    const plot = page.getByRole('group', { name: /^Loss:/ });
    const box = await plot.boundingBox();
    if (!box) throw new Error('The run has no chart of its loss.');
    await page.mouse.move(box.x + box.width * 0.4, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.6, box.y + 60, { steps: 4 });
    await page.mouse.up();
    await expect(page.getByRole('button', { name: 'Reset zoom' }).first()).toBeVisible();
    await page.getByRole('button', { name: 'Save Loss' }).click();
    await page.getByRole('menuitem', { name: 'Add to report' }).click();
    await page.getByRole('button', { name: /matter/ }).click();
    await page.getByRole('button', { name: 'Open', exact: true }).click();
    const added = page.getByRole('region', { name: /^Loss, Compared/ });
    await expect(added).toContainText('Shown from');
    await expect(added.getByRole('img', { name: /^Loss/ })).toBeVisible();
    expect(await violations(page)).toEqual([]);
  });

  await test.step('Its bundle, dropped on a window of an empty library, opens with its charts.', async () => {
    const charts = await page.locator('figure svg').count();
    const saved = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export' }).click();
    await page.getByRole('menuitem', { name: 'Bundle (.zip)' }).click();
    const bundle = `${scratch}/report.zip`;
    await (await saved).saveAs(bundle);
    if (!chromiumBrowser) throw new Error('This story needs Chromium.');
    const elsewhere = openServed(chromiumBrowser, { library: `${scratch}/elsewhere`, context: {} });
    try {
      const other = await Lab.open(elsewhere);
      await other.drop(bundle);
      await expect(other.page.getByText('Imported 2 runs')).toBeVisible({ timeout: 60_000 });
      await expect(other.page.getByRole('textbox', { name: 'Title', exact: true })).toHaveValue(
        'Shortcuts <b>matter</b>?',
      );
      await expect(other.page.locator('figure svg')).toHaveCount(charts);
      expect(other.defects).toEqual([]);
    } finally {
      await elsewhere.close();
    }
  });
});

async function violations(page: Page): Promise<string[]> {
  return await page.evaluate(async () => {
    const { violations: found } = await (window as unknown as { axe: typeof axe }).axe.run(
      document,
    );
    return found.flatMap(({ id, nodes }) =>
      nodes.map(({ target }) => `${id}: ${target.join(' ')}`),
    );
  });
}
