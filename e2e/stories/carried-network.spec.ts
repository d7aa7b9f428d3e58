import fs from 'node:fs';
import path from 'node:path';
import type { Locator } from '@playwright/test';
import { z } from 'zod';
import { askCli } from '../../main/cli/testing/command-line.ts';
import { writeImageFolder } from '../image-folders.ts';
import { smallRun } from '../small-run.ts';
import { expect, test } from '../story.ts';

const Predictions = z.looseObject({
  predictions: z.array(
    z.looseObject({ classes: z.array(z.object({ name: z.string(), probability: z.number() })) }),
  ),
});

test('A report carries a network, which classifies an image without a connection as this app does.', async ({
  lab,
  chromiumBrowser,
  scratch,
}) => {
  test.skip(
    chromiumBrowser === undefined,
    'Downloads of a desktop window go through its own dialog.',
  );
  const { page } = lab;
  const source = writeImageFolder(path.join(scratch, 'stripes'), {
    classes: { upright: 24, level: 24, slanted: 24 },
  });
  await lab.startRun(smallRun({ name: 'carried', steps: 40, source }));
  await lab.openRun(/carried/);
  await lab.expectStatus('Finished', 120_000);
  const run = /#\/run\/([^/?]+)/.exec(page.url())?.[1] ?? '';
  await page.goto(page.url().replace(/#.*/, `#/compare?runs=${run}`));
  await expect(page.getByRole('grid', { name: 'Comparison' }).getByRole('row')).toHaveCount(2);
  await lab.button('Draft a report').click();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();

  await page.getByRole('button', { name: 'Add below' }).first().click();
  await page.getByRole('menuitem', { name: /^Network to try: carried.*[KM]iB more/ }).click();
  await expect(
    page.getByText(/Only the HTML file of the report carries the network/),
  ).toBeVisible();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  const download = page.waitForEvent('download');
  await lab.button('Export').click();
  await page.getByRole('menuitem', { name: 'HTML, one file' }).click();
  const file = path.join(scratch, 'report.html');
  await (await download).saveAs(file);

  // Twice as large as the network's input, so that it has to be brought to size.
  const shown = writeImageFolder(path.join(scratch, 'shown'), { classes: { level: 2 }, side: 30 });
  const image = path.join(shown, 'level/level-001.png');
  const library = path.join(scratch, 'library');
  const answer = await askCli(library, 'predict', '--run', run, '--images', image);
  const [expected] = Predictions.parse(answer).predictions;

  const offline = await chromiumBrowser?.newContext({ offline: true });
  const opened = await offline?.newPage();
  if (!offline || !opened || !expected) throw new Error('This story needs Chromium.');
  const defects: string[] = [];
  const asked: string[] = [];
  opened.on('pageerror', (error) => defects.push(error.message));
  opened.on('request', (request) => asked.push(request.url().slice(0, 80)));
  await opened.goto(`file://${file}`);
  const place = opened.getByRole('figure').filter({ hasText: 'Drop an image here' });
  await drop(place, image);
  await expect(place.getByRole('status')).toContainText('level-001.png:', { timeout: 60_000 });
  const items = await place.getByRole('listitem').allTextContents();
  expect(items).toHaveLength(3);
  for (const [at, { name, probability }] of expected.classes.entries()) {
    const [, label = '', percent = ''] = /^(\D+)([\d.]+)/.exec(items[at] ?? '') ?? [];
    expect(label.trim()).toBe(name);
    expect(Math.abs(Number(percent) / 100 - probability)).toBeLessThan(0.002);
  }
  await expect(place.getByRole('img')).toBeVisible();
  await place.screenshot({ path: path.join('dist', 'e2e', 'carried-network.png') });

  await test.step('What is no image gets a sentence', async () => {
    const text = path.join(scratch, 'notes.txt');
    fs.writeFileSync(text, 'no picture');
    await place.getByLabel(/Drop an image here/).setInputFiles(text);
    await expect(place.getByRole('status')).toContainText("notes.txt can't be tried");
  });
  expect(asked.filter((url) => !/^(file|blob|data):/.test(url))).toEqual([]);
  expect(defects).toEqual([]);
  expect(lab.defects).toEqual([]);
  await offline.close();
});

/** As a person drops it: a file of this machine on the element. */
async function drop(place: Locator, file: string): Promise<void> {
  const bytes = fs.readFileSync(file).toString('base64');
  const transfer = await place.page().evaluateHandle(
    ({ data, name }) => {
      const held = new DataTransfer();
      const content = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
      held.items.add(new File([content], name, { type: 'image/png' }));
      return held;
    },
    { data: bytes, name: path.basename(file) },
  );
  await place.dispatchEvent('drop', { dataTransfer: transfer });
}
