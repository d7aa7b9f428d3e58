import type { Locator, Page } from '@playwright/test';
import { kill } from '../served-app.ts';
import { expect, test } from '../story.ts';

test('The preview of an augmentation comes from a trainer, which stays while it is looked at and is replaced when it dies.', async ({
  lab,
  opened,
}) => {
  const { page } = lab;
  await lab.go('Datasets');
  await page.getByRole('complementary', { name: 'Datasets' }).getByRole('link').first().click();
  await page.getByRole('tab', { name: /^Augmentation/ }).click();
  const sheet = page.getByRole('img', { name: /augmented 7 times$/ });
  const standard = await pictureOf(sheet);
  const [trainer, ...others] = opened.trainers();
  expect(others).toEqual([]);

  await test.step('Another preset is another picture, from the same trainer', async () => {
    await lab.choose('Preset', /^Strong/);
    await expect(page.getByLabel('Cutout', { exact: true })).toHaveValue('8');
    expect(await pictureOf(sheet, standard)).not.toBe(standard);
    expect(opened.trainers()).toEqual([trainer]);
  });

  await test.step('Fields, seed and images can be set by keyboard alone', async () => {
    const before = await pictureOf(sheet);
    const cutout = page.getByLabel('Cutout', { exact: true });
    await cutout.focus();
    await lab.press('ArrowUp', 'ArrowUp');
    await expect(cutout).toHaveValue('10');
    await expect(page.getByLabel('Preset', { exact: true })).toHaveText('Own');
    const changed = await pictureOf(sheet, before);
    await page.getByLabel('Seed', { exact: true }).focus();
    await lab.press('ArrowUp');
    const seeded = await pictureOf(sheet, changed);
    await lab.tabTo(lab.button('Other images'));
    await lab.press('Enter');
    await pictureOf(sheet, seeded);
    // What can not be is said where it is, and the picture stays.
    await cutout.fill('1000');
    await expect(page.getByRole('alert')).toContainText('augmentation.cutout must');
    await cutout.fill('8');
    await expect(page.getByRole('alert')).toHaveCount(0);
  });

  await test.step('A trainer that dies is reported; the next change starts another', async () => {
    await pictureOf(sheet);
    for (const id of opened.trainers()) kill(id);
    await expect(page.getByRole('status').filter({ hasText: 'starts another' })).toBeVisible();
    const before = await pictureOf(sheet);
    await lab.choose('Preset', 'Pad, crop, flip');
    await pictureOf(sheet, before);
    expect(opened.trainers()).toHaveLength(1);
    expect(opened.trainers()).not.toContain(trainer);
  });

  await test.step('It is there on the New run page too, and ends when the page is left', async () => {
    await lab.go('New run');
    await expect(lab.startButton).toBeEnabled();
    await lab.button('Preview on the data …').click();
    const dialog = page.getByRole('dialog');
    const plain = await pictureOf(dialog.getByRole('img', { name: /augmented/ }));
    await lab.choose('Preset', 'RandAugment', dialog);
    await pictureOf(dialog.getByRole('img', { name: /augmented/ }), plain);
    await lab.press('Escape');
    await expect(dialog).toBeHidden();
    const recipe = page.getByRole('region', { name: 'Recipe' });
    await expect(recipe.getByLabel('RandAugment', { exact: true })).toHaveValue('2');
    await expect(recipe.getByLabel('Magnitude', { exact: true })).toBeVisible();
    await expect.poll(() => opened.trainers()).toEqual([]);
  });
  expect(lab.defects).toEqual([]);
});

/** What is drawn, once nothing is being computed; another picture than `than` if that is given. */
async function pictureOf(sheet: Locator, than?: string): Promise<string> {
  const read = async (): Promise<string> => {
    await expect(sheet).toHaveAttribute('aria-busy', 'false');
    await nextFrames(sheet.page());
    return sheet.locator('canvas').evaluate((canvas) => (canvas as HTMLCanvasElement).toDataURL());
  };
  if (than !== undefined) await expect.poll(read).not.toBe(than);
  return read();
}

async function nextFrames(page: Page): Promise<void> {
  await page.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
  );
}
