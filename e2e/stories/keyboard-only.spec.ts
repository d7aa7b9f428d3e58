import { expect, test } from '../story.ts';

test('A run is found, set up, started, watched and stopped with the keyboard alone.', async ({
  lab,
}) => {
  const { page } = lab;
  await lab.press('Control+k');
  await expect(page.getByRole('dialog', { name: 'Search or do anything' })).toBeVisible();
  await page.keyboard.type('new run');
  await lab.press('Enter');
  await expect(page.getByRole('heading', { name: 'New run' })).toBeVisible();

  const architecture = page.getByLabel('Architecture', { exact: true });
  await expect(architecture).toContainText('ResNet-20');
  await lab.tabTo(architecture);
  await lab.press('Enter');
  await expect(page.getByRole('option').first()).toBeVisible();
  await expect(page.getByPlaceholder('Find a network')).toBeFocused();
  await page.keyboard.type('mini basic-a');
  await lab.press('Enter');
  await expect(architecture).toContainText('Mini basic-a');

  await expect(lab.startButton).toBeEnabled();
  await lab.press('Control+Enter');
  await expect(page).toHaveURL(/#\/run\//);
  await lab.expectStatus('Running');
  await lab.expectStepAbove(0);

  await lab.press('?');
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
  await lab.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();

  await lab.tabTo(lab.button('Stop'));
  await lab.press('Enter');
  await lab.expectStatus('Stopped');

  await lab.press('g', 'r');
  await expect(lab.runRow(/Stopped/)).toHaveCount(1);
  await lab.tabTo(lab.runRow(/Stopped/));
  await lab.press('Space');
  await expect(page.getByText('1 selected run', { exact: true })).toBeVisible();
  await lab.press('Enter');
  await expect(page).toHaveURL(/#\/run\//);
  expect(lab.defects).toEqual([]);
});
