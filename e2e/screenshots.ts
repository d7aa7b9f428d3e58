// Makes the README's pictures of every page in both themes, from runs that are trained for it. Not a
// test: nothing is asserted but that the pages have come up.
import fs from 'node:fs';
import path from 'node:path';
import { pngQuantize } from '@napi-rs/image';
import { demonstrationNetwork, demonstrationRecipe } from '../shared/spec/demonstration.ts';
import type { Lab } from './lab.ts';
import { projectFolder } from './served-app.ts';
import { expect, test } from './story.ts';

const FOLDER = path.join(projectFolder, 'assets', 'screenshots');
const LARGEST_BYTES = 250 * 1024;
/** What an expert's screen shows; smaller than that, the pictures would show rails and gaps. */
const VIEWPORT = { width: 1440, height: 900 };
/** Fewer than three a side, and Compare would rightly say nothing. */
const SEEDS = [0, 1, 2];
const STEPS = Number(process.env['RESNET_LAB_SCREENSHOT_STEPS'] ?? 320);

test('Screenshots', async ({ lab }) => {
  const { page } = lab;
  await page.setViewportSize(VIEWPORT);
  await expect(lab.button('Start the race')).toBeVisible();
  await take(lab, 'start');

  await lab.startRun(race());
  await lab.go('Runs');
  await expect(lab.runRow(/Finished/)).toHaveCount(2 * SEEDS.length, { timeout: 900_000 });
  await page.getByRole('checkbox', { name: 'Select all' }).check();
  await take(lab, 'runs');

  await page.getByRole('button', { name: 'Compare', exact: true }).click();
  await expect(page.getByRole('grid', { name: 'Comparison' }).getByRole('row')).toHaveCount(3);
  await take(lab, 'compare');
  await lab.button('Draft a report').click();
  await expect(page.getByRole('heading', { name: 'How to reproduce' })).toBeVisible();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  await take(lab, 'report');

  await lab.openRun(/^(?!.*plain).*Race.*seed 0/i);
  await expect(page.getByRole('tabpanel').getByText('Loading')).toHaveCount(0);
  await take(lab, 'run');
  for (const tab of ['Mistakes', 'Confusion'] as const) {
    await lab.openTab(tab);
    const panel = page.getByRole('tabpanel');
    await expect(panel.getByRole('img').or(panel.getByRole('table')).first()).toBeVisible({
      timeout: 60_000,
    });
    await panel.evaluate((element) => element.scrollIntoView());
    await take(lab, `run-${tab.toLowerCase()}`);
  }

  await lab.go('New run');
  await expect(lab.startButton).toBeEnabled();
  await take(lab, 'new-run');
  await lab.go('Datasets');
  await page.getByRole('complementary', { name: 'Datasets' }).getByRole('link').first().click();
  await expect(page.getByRole('region', { name: /images$/ })).toBeVisible({ timeout: 60_000 });
  await take(lab, 'datasets');
  await lab.go('Settings');
  await expect(page.getByLabel('Diagnosis')).toBeVisible({ timeout: 60_000 });
  await take(lab, 'settings');
});

function race(): object {
  return {
    format: 1,
    name: 'Race',
    group: 'Plain against residual',
    architecture: demonstrationNetwork(),
    data: { source: 'builtin:shapes?decoys=0&train=10000&val=1000' },
    recipe: demonstrationRecipe({ name: 'race', steps: STEPS, diagnosticsEvery: 4 }),
    seeds: SEEDS,
    withPlainTwin: true,
  };
}

async function take({ page }: Lab, name: string): Promise<void> {
  fs.mkdirSync(FOLDER, { recursive: true });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await expect(page.locator('html')).toHaveAttribute('data-theme', colorScheme);
    // Charts are redrawn a frame later; pictures of datasets come from the host.
    await page.waitForLoadState('networkidle');
    await page.evaluate(
      () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
    );
    const file = path.join(FOLDER, `${name}-${colorScheme}.png`);
    const taken = await page.screenshot({ animations: 'disabled', caret: 'hide' });
    const bytes = await pngQuantize(taken, { minQuality: 0, maxQuality: 90, speed: 3 });
    fs.writeFileSync(file, bytes);
    expect.soft(bytes.length, `${file} is small enough for a README`).toBeLessThan(LARGEST_BYTES);
  }
}
