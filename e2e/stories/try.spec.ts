import fs from 'node:fs';
import path from 'node:path';
import { writeImageFolder } from '../image-folders.ts';
import { smallRun } from '../small-run.ts';
import { expect, test } from '../story.ts';

test('A trained network is tried on images and on a folder, and says why.', async ({
  lab,
  opened,
  scratch,
}) => {
  const { page } = lab;
  const source = writeImageFolder(path.join(scratch, 'stripes'), {
    classes: { upright: 24, level: 24, slanted: 24 },
  });
  const folder = writeImageFolder(path.join(scratch, 'shown'), {
    classes: { upright: 8, level: 8 },
    files: {
      'level/half.png': fs.readFileSync(path.join(source, 'level/level-000.png')).subarray(0, 70),
    },
  });
  await lab.startRun(smallRun({ name: 'tried', steps: 40, source }));
  await lab.openRun(/tried/);
  await lab.expectStatus('Finished', 120_000);
  await lab.openTab('Try');

  await test.step('An image is answered at once, by a process that stays', async () => {
    const image = path.join(source, 'slanted/slanted-001.png');
    await page.getByLabel('Images to try').setInputFiles(image);
    const answer = page.getByRole('region', { name: /answer$/ });
    await expect(answer.getByRole('listitem')).toHaveCount(3, { timeout: 60_000 });
    const [trainer] = opened.trainers();
    await page.getByLabel('Images to try').setInputFiles(path.join(source, 'level/level-001.png'));
    await expect(page.getByRole('article', { name: 'level-001.png' })).toBeVisible();
    await expect(answer.getByRole('listitem')).toHaveCount(3);
    expect(opened.trainers()).toEqual([trainer]);
  });

  await test.step('It is found in the run’s dataset and left out of new runs', async () => {
    await page.getByRole('checkbox', { name: 'Decide about it' }).check();
    const bar = page.getByRole('toolbar', { name: 'Decide about the chosen images' });
    await bar.getByRole('button', { name: 'Leave out' }).click();
    await expect(page.getByText('1 image left out of new runs')).toBeVisible();
    await expect(page.getByRole('article').getByText('left out')).toBeVisible();
  });

  await test.step('Why: Grad-CAM of a chosen class, and block by block', async () => {
    await lab.button('Why?').click();
    const map = page.getByLabel(/^Grad-CAM of/);
    await expect(map).toBeVisible({ timeout: 60_000 });
    await lab.choose('Class that is asked about', /upright/);
    await expect(page.getByLabel('Grad-CAM of upright')).toBeVisible();
    const picture = page.waitForEvent('download');
    await lab.button('Save as PNG').click();
    const { length } = fs.readFileSync(await (await picture).path());
    expect(length).toBeGreaterThan(1000);
    await page.getByRole('radio', { name: 'Block by block' }).click();
    await expect(page.getByText('layer3.0', { exact: true })).toBeVisible({ timeout: 60_000 });
  });

  await test.step('A folder is a table; a bad file is named and the rest goes on', async () => {
    await page.getByLabel('Folder to try').setInputFiles(folder);
    const table = page.getByRole('grid', { name: 'Predictions' });
    await expect(table).toBeVisible();
    await expect(page.getByText('17 of 17 images · 1 without an answer')).toBeVisible();
    await expect(page.getByText(/right \(\d+ of 16\)/)).toBeVisible();
    await page.getByRole('radio', { name: 'Without answer' }).click();
    await expect(table.getByRole('row', { name: /half\.png/ })).toContainText(/half\.png .+\./);
    await page.getByRole('radio', { name: 'All' }).click();
    const saved = page.waitForEvent('download');
    await lab.button('CSV').click();
    const csv = fs.readFileSync(await (await saved).path(), 'utf8');
    expect(csv.trim().split('\r\n')).toHaveLength(18);
  });
  expect(lab.defects).toEqual([]);
});
