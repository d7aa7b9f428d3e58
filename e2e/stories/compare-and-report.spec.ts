import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import axe from 'axe-core';
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
    const guard = page.getByRole('region', { name: 'What can be said' });
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

  const offline = await chromiumBrowser?.newContext({ offline: true });
  const opened = await offline?.newPage();
  await opened?.goto(`file://${file}`);
  await expect(opened?.getByRole('heading', { level: 1 }) ?? page.locator('never')).toHaveText(
    'Shortcuts <b>matter</b>?',
  );
  await opened?.locator('figure svg').first().hover();
  await expect(opened?.locator('.reading').first() ?? page.locator('never')).toBeVisible();
  await offline?.close();
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
