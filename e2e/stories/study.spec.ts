import { expect, test } from '../story.ts';

test('A study goes from its question to a verdict, and into a report.', async ({ lab }) => {
  test.setTimeout(400_000);
  const { page } = lab;
  const rail = page.getByRole('navigation', { name: 'Main' });
  const openStudies = () => rail.getByRole('link', { name: 'Studies', exact: true }).click();
  const card = page.getByRole('link', { name: /Batch norm keeps the branch small/ });
  const cost = page.getByRole('definition').filter({ hasText: /^\s*2/ }).first();
  await openStudies();
  await card.click();

  await test.step('It says what it claims and what it costs before it starts.', async () => {
    await expect(page.getByText(/2 runs of a single step/)).toBeVisible();
    await expect(cost).toHaveText('2');
  });

  await test.step('Runs and measurements end in a verdict with its rule and n.', async () => {
    await page.getByRole('button', { name: 'Start the study' }).click();
    const verdict = page.getByRole('region', { name: 'Verdict' });
    await expect(verdict).toContainText('n = 2', { timeout: 240_000 });
    await expect(verdict.getByRole('heading')).toHaveText(/^\s*(Reproduced|Not reproduced)/);
    await expect(verdict).toContainText('Rule. Reproduced if');
    await expect(page.getByRole('img', { name: /^Branch over shortcut variance/ })).toBeVisible();
  });

  await test.step('Its section in a report has the claim, the verdict and the figures.', async () => {
    await page.getByRole('button', { name: 'Add to report' }).first().click();
    await page.getByRole('button', { name: 'New report' }).click();
    await page.getByRole('button', { name: 'Open', exact: true }).click();
    await expect(page.getByText(/Reproduced if in the deepest network/)).toBeVisible();
    await expect(page.getByRole('img', { name: /^Branch over shortcut variance/ })).toBeVisible();
  });

  await test.step('The next time its runs are there already.', async () => {
    await openStudies();
    await card.click();
    await expect(cost).toHaveText('2, 2 of them finished');
  });
  expect(lab.defects).toEqual([]);
});
