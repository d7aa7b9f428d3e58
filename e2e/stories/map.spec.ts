import fs from 'node:fs';
import path from 'node:path';
import { writeImageFolder } from '../image-folders.ts';
import { smallRun } from '../small-run.ts';
import { expect, test } from '../story.ts';

test('Validation images are mapped, chosen with a lasso and left out; a run’s files are saved.', async ({
  lab,
  scratch,
}) => {
  const { page } = lab;
  const source = writeImageFolder(path.join(scratch, 'stripes'), {
    classes: { upright: 60, level: 60, slanted: 60 },
  });
  await lab.startRun(smallRun({ name: 'mapped', steps: 12, source }));
  await lab.openRun(/mapped/);
  await lab.expectStatus('Finished', 120_000);
  await lab.openTab('Map');

  const map = page.getByRole('img', { name: /^Map of \d+ images by PCA/ });
  await test.step('Principal components, with the image under the pointer', async () => {
    await expect(map).toBeVisible({ timeout: 120_000 });
    await expect(page.getByText(/of whose variance the axes show/)).toBeVisible();
    await page.getByRole('radio', { name: 'By mistake' }).click();
    await page.getByRole('radio', { name: 'By class' }).click();
  });

  await test.step('A lasso chooses, and what is chosen is left out of new runs', async () => {
    const box = await map.boundingBox();
    if (!box) throw new Error('The map has no place.');
    const corners = [
      [0.002, 0.002],
      [0.998, 0.002],
      [0.998, 0.998],
      [0.002, 0.998],
    ] as const;
    const at = ([x, y]: readonly [number, number]): [number, number] => [
      box.x + box.width * x,
      box.y + box.height * y,
    ];
    await page.mouse.move(...at(corners[0]));
    await page.mouse.down();
    for (const corner of corners.slice(1)) await page.mouse.move(...at(corner), { steps: 8 });
    await page.mouse.up();
    const chosen = page.getByRole('toolbar', { name: 'Decide about the chosen images' });
    await expect(chosen).toContainText('18 images chosen');
    const images = page.getByRole('list', { name: 'Chosen images' });
    await expect(images.getByRole('listitem')).toHaveCount(18);
    // All but one are given up again.
    for (let left = 17; left > 0; left--) {
      await images.getByRole('checkbox').first().click();
      await expect(images.getByRole('listitem')).toHaveCount(left);
    }
    await chosen.getByRole('button', { name: 'Leave out' }).click();
    await expect(page.getByText('1 image left out of new runs')).toBeVisible();
  });

  await test.step('UMAP of the same images, and both as coordinates', async () => {
    await page.getByRole('radio', { name: 'UMAP' }).click();
    await expect(page.getByRole('img', { name: /^Map of 18 images by UMAP/ })).toBeVisible({
      timeout: 120_000,
    });
    await lab.button('Save the map').click();
    const saved = page.waitForEvent('download');
    await page.getByRole('menuitem', { name: 'Save coordinates as CSV' }).click();
    const csv = fs
      .readFileSync(await (await saved).path(), 'utf8')
      .trim()
      .split('\r\n');
    expect(csv).toHaveLength(19);
    expect(csv[0]).toBe('image,label,predicted,confidence,x,y');
    expect(new Set(csv.slice(1).map((row) => row.split(',').slice(4).join())).size).toBe(18);
  });

  await test.step('Checkpoints, curves and spec have one menu with sizes', async () => {
    await lab.button('Files').click();
    const best = page.getByRole('menuitem', { name: /^Best checkpoint, step \d+ [\d.]+ KiB/ });
    await expect(best).toBeVisible();
    const saved = page.waitForEvent('download');
    await page.getByRole('menuitem', { name: /^Spec as JSON/ }).click();
    const spec: unknown = JSON.parse(fs.readFileSync(await (await saved).path(), 'utf8'));
    expect(spec).toMatchObject({ name: 'mapped' });
  });
  expect(lab.defects).toEqual([]);
});
