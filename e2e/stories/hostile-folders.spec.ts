import fs from 'node:fs';
import path from 'node:path';
import { writeImageFolder, zipFolder } from '../image-folders.ts';
import { expect, test } from '../story.ts';

test('Folders that cannot be trained on are explained where they are shown, and harm nothing.', async ({
  lab,
  scratch,
}) => {
  const { page } = lab;

  await test.step('A folder without images', async () => {
    const folder = writeImageFolder(path.join(scratch, 'letters'), {
      classes: {},
      files: { 'a/readme.txt': 'no image', 'b/notes.txt': 'none here either' },
    });
    await lab.drop(folder);
    await expect(page.getByRole('alert')).toContainText(/no usable images|holds no images/);
    await expect(lab.button('New run with it')).toBeDisabled();
  });

  await test.step('One class', async () => {
    const folder = writeImageFolder(path.join(scratch, 'lonely'), { classes: { only: 20 } });
    await lab.drop(folder);
    await expect(page.getByRole('heading', { name: 'lonely' })).toBeVisible();
    await lab.button('Add it').click();
    await lab.button('New run with it').click();
    await expect(lab.startButton).toBeDisabled();
    await expect(
      page.getByText('A classifier needs at least 2 classes, not 1.').last(),
    ).toBeVisible();
  });

  await test.step('Corrupt files among good ones', async () => {
    const whole = writeImageFolder(path.join(scratch, 'source'), { classes: { a: 1 } });
    const bytes = fs.readFileSync(path.join(whole, 'a/a-000.png'));
    const folder = writeImageFolder(path.join(scratch, 'torn'), {
      classes: { left: 20, right: 20 },
      files: {
        'left/cut.png': bytes.subarray(0, bytes.length >> 1),
        'right/not-an-image.png': 'just words',
        'right/empty.png': '',
      },
    });
    await lab.drop(folder);
    await expect(page.getByRole('heading', { name: 'torn' })).toBeVisible();
    await lab.button('Add it').click();
    await page.getByRole('tab', { name: /^Findings/ }).click();
    const finding = page.getByRole('tabpanel').getByRole('group');
    await finding.getByText('Files that cannot be used').click();
    for (const name of ['left/cut.png', 'right/not-an-image.png', 'right/empty.png']) {
      await expect(finding.getByText(name)).toBeVisible();
    }
    await expect(lab.button('New run with it')).toBeEnabled();
  });

  await test.step('A zip of a folder, with entries that lead elsewhere', async () => {
    const folder = writeImageFolder(path.join(scratch, 'packed'), {
      classes: { left: 20, right: 20 },
      files: { 'left/torn.png': 'just words' },
    });
    const inside = fs.readFileSync(path.join(folder, 'left/left-000.png'));
    await lab.drop(
      zipFolder(folder, [
        { name: '../../escaped.png', bytes: inside },
        { name: 'packed/left/link.png', bytes: '/etc/passwd', says: { mode: 0o120777 } },
      ]),
    );
    await expect(page.getByRole('heading', { name: 'packed' })).toBeVisible();
    await lab.button('Add it').click();
    await page.getByRole('tab', { name: /^Findings/ }).click();
    const finding = page.getByRole('tabpanel').getByRole('group');
    await finding.getByText('Files that cannot be used').click();
    for (const name of ['../../escaped.png', 'left/link.png', 'left/torn.png']) {
      await expect(finding.getByText(name)).toBeVisible();
    }
    await lab.button('New run with it').click();
    await expect(lab.startButton).toBeEnabled();
  });

  expect(lab.defects).toEqual([]);
});
