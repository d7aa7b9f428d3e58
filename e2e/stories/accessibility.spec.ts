import axe from 'axe-core';
import type { Lab } from '../lab.ts';
import { smallRun } from '../small-run.ts';
import { expect, test } from '../story.ts';

const TABS = [
  'Mistakes',
  'Confusion',
  'Responses',
  'System',
  'Log',
  'Spec',
  'Notes and tags',
] as const;

test('axe finds nothing wrong with any page in either theme.', async ({ lab }) => {
  test.setTimeout(400_000);
  const { page } = lab;
  await page.addInitScript({ content: axe.source });

  await test.step('Start page', async () => {
    await page.reload();
    await expect(lab.button('Start the race')).toBeVisible();
    await checkInBothThemes(lab, 'start');
  });
  await lab.startRun(smallRun({ name: 'Looked at', steps: 60, withPlainTwin: true }));
  await lab.go('Runs');
  await expect(lab.runRow(/Finished/)).toHaveCount(2, { timeout: 90_000 });
  await checkInBothThemes(lab, 'runs');
  await page.getByRole('checkbox', { name: 'Select all' }).check();
  await checkInBothThemes(lab, 'runs selected');

  await lab
    .runRow(/Looked at/)
    .first()
    .click();
  for (const tab of TABS) {
    await lab.openTab(tab);
    await expect(page.getByRole('tabpanel').getByText('Loading')).toHaveCount(0);
    await checkInBothThemes(lab, `run, ${tab}`);
  }

  await lab.go('New run');
  await expect(lab.startButton).toBeEnabled();
  await checkInBothThemes(lab, 'new run');
  await page.getByLabel('Architecture', { exact: true }).click();
  await checkInBothThemes(lab, 'new run, list of architectures');
  await lab.press('Escape');
  await lab.button('Preview on the data …').click();
  const sheet = page.getByRole('dialog').getByRole('img', { name: /augmented/ });
  await expect(sheet).toHaveAttribute('aria-busy', 'false');
  await checkInBothThemes(lab, 'new run, preview of the augmentation');
  await lab.press('Escape');

  await lab.go('Datasets');
  await checkInBothThemes(lab, 'datasets');
  await page.getByRole('complementary', { name: 'Datasets' }).getByRole('link').first().click();
  for (const tab of [/^Images/, /^Findings/, /^Augmentation/]) {
    await page.getByRole('tab', { name: tab }).click();
    await checkInBothThemes(lab, `dataset, ${tab.source}`);
  }
  await lab.button('Add').click();
  await checkInBothThemes(lab, 'datasets, add images');
  await lab.press('Escape');

  await lab.go('Settings');
  await expect(page.getByLabel('Diagnosis')).toBeVisible();
  await checkInBothThemes(lab, 'settings');
  for (const [key, name] of [
    ['Control+k', 'palette'],
    ['?', 'shortcuts'],
    ['q', 'queue'],
  ] as const) {
    await lab.press(key);
    await expect(page.getByRole('dialog')).toBeVisible();
    await checkInBothThemes(lab, name);
    await lab.press('Escape');
    await expect(page.getByRole('dialog')).toBeHidden();
  }
});

/** The system's theme is followed until the user chooses. */
async function checkInBothThemes({ page }: Lab, what: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await expect(page.locator('html')).toHaveAttribute('data-theme', colorScheme);
    const found = await page.evaluate(async () => {
      const { violations } = await (window as unknown as { axe: typeof axe }).axe.run(document);
      return violations.flatMap(({ id, nodes }) =>
        nodes.map(({ target, any, all, none }) => {
          const why = [...any, ...all, ...none].map(({ message }) => message).join('; ');
          return `${id}: ${target.join(' ')} (${why})`;
        }),
      );
    });
    expect.soft(found, `${what}, ${colorScheme}`).toEqual([]);
  }
}
