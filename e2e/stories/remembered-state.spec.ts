import { smallRun } from '../small-run.ts';
import { expect, test } from '../story.ts';

test('Where one is and what one chose survive a reload, and back goes back.', async ({ lab }) => {
  const { page } = lab;
  await lab.startRun(smallRun({ name: 'Kept', steps: 40 }));
  await lab.expectStatus('Finished');

  await test.step('The tab of a run', async () => {
    await lab.openTab('Spec');
    await page.reload();
    await expect(page.getByRole('tab', { name: 'Spec' })).toHaveAttribute('aria-selected', 'true');
    await expect(page.getByLabel('Spec', { exact: true }).last()).toContainText('"four blocks"');
  });

  await test.step('Filter, grouping and selection of the runs', async () => {
    await lab.go('Runs');
    await page.getByRole('combobox', { name: 'Filter runs' }).fill('status:finished');
    await page.getByRole('combobox', { name: 'Filter runs' }).blur();
    await lab.runRow(/Kept/).getByRole('checkbox').check();
    await expect(page.getByText('1 selected run', { exact: true })).toBeVisible();
    await page.reload();
    await expect(page.getByText('1 selected run', { exact: true })).toBeVisible();
    await expect(page.getByRole('combobox', { name: 'Filter runs' })).toHaveValue(/finished/);
  });

  await test.step('The draft of a run', async () => {
    await lab.go('New run');
    await lab.fill(/^Name\b/, 'Half done');
    await page.reload();
    await expect(page.getByRole('textbox', { name: /^Name\b/ })).toHaveValue('Half done');
  });

  await test.step('The theme, and the way back', async () => {
    await lab.go('Settings');
    await page.getByRole('radio', { name: 'Dark' }).click();
    await page.reload();
    await expect(page.getByRole('radio', { name: 'Dark' })).toBeChecked();
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
    await page.goBack();
    await expect(page.getByRole('heading', { name: 'New run' })).toBeVisible();
    await page.goBack();
    await expect(page.getByText('1 selected run', { exact: true })).toBeVisible();
    await page.goForward();
    await expect(page.getByRole('heading', { name: 'New run' })).toBeVisible();
  });

  expect(lab.defects).toEqual([]);
});
