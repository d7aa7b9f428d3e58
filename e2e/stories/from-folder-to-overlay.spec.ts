import path from 'node:path';
import type { Locator, Page } from '@playwright/test';
import { curvePixels, shareWithoutMatch } from '../curve-pixels.ts';
import { writeImageFolder } from '../image-folders.ts';
import { expect, test } from '../story.ts';

/** Half a minute of training: what is done to a live run must not come after its end. */
const STEPS = 3000;

test('A dropped folder is inspected, trained on with its plain twin, paused, resumed and compared.', async ({
  lab,
  scratch,
}) => {
  const { page } = lab;
  const began = Date.now();
  const folder = writeImageFolder(path.join(scratch, 'fabrics'), {
    classes: { checks: 60, plaid: 60, twill: 60 },
  });

  await test.step('Drop the folder and look into it', async () => {
    await lab.drop(folder);
    await expect(page.getByRole('heading', { name: 'fabrics' })).toBeVisible();
    // Seen before it is added: three classes, and nothing that is not used.
    await expect(page.getByText('3 classes · 180 train')).toBeVisible();
    await page.getByRole('button', { name: 'Add it' }).click();
    await expect(page.getByRole('button', { name: /^plaid\s*60$/ })).toBeVisible();
    await page.getByRole('tab', { name: /^Findings/ }).click();
    await expect(page.getByText('Nothing to mend')).toBeVisible();
  });

  await test.step('Configure a small network and start it with its twin', async () => {
    await lab.button('New run with it').click();
    await expect(page.getByLabel('Dataset', { exact: true })).toContainText('fabrics');
    await lab.choose('Architecture', /^Mini basic-a\b/);
    await lab.fill('Batch size', '32');
    await lab.choose('Measured in', /^Steps$/);
    await lab.fill('Steps', String(STEPS), page.getByRole('group', { name: 'Length' }));
    await lab.fill('Diagnostics every', '5');
    await lab.fill(/^Name\b/, 'Fabrics');
    await page.getByRole('switch', { name: 'Compare with its plain twin' }).click();
    await expect(lab.startButton).toHaveText('Start 2 runs');
    await lab.startButton.click();
  });

  await test.step('The charts move while it trains', async () => {
    await lab.openRun(/^(?!.*plain).*Fabrics/i);
    await lab.expectStepAbove(0);
    await expect(page.getByRole('group', { name: /per block|every block/ })).toBeVisible();
    const before = await lab.picture('Loss');
    await lab.expectStepAbove(await lab.step());
    await expect.poll(() => lab.picture('Loss')).not.toBe(before);
  });

  await test.step('Pause, reload, resume', async () => {
    await lab.button('Pause').click();
    await lab.expectStatus('Paused');
    const step = await lab.step();
    expect(step).toBeLessThan(STEPS);
    await page.reload();
    await lab.expectStatus('Paused');
    expect(await lab.step()).toBe(step);
    await lab.button('Resume').click();
  });

  await test.step('A range of one chart is shown in all, by mouse and by keyboard', async () => {
    await lab.expectStatus('Finished', 400_000);
    expect(await lab.step()).toBe(STEPS);
    const plot = page.getByRole('group', { name: /^Loss:/ });
    const resets = page.getByRole('button', { name: 'Reset zoom' });
    const { x, y, width, height } = await boxOf(plot);
    await page.mouse.move(x + width * 0.3, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x + width * 0.6, y + height / 2, { steps: 4 });
    await page.mouse.up();
    await expect(resets).toHaveCount(2);
    const canvas = page.getByRole('img', { name: 'Loss', exact: true });
    await page.getByRole('radio', { name: 'Log', exact: true }).first().click();
    await drawn(page);
    await page.mouse.move(x + width * 0.5, y + height / 2);
    const zoomed = await curvePixels(canvas);
    await page.keyboard.down('Shift');
    await page.mouse.down();
    await page.mouse.move(x + width * 0.7, y + height / 2, { steps: 20 });
    await drawn(page);
    const panned = await curvePixels(canvas);
    await page.mouse.up();
    await page.keyboard.up('Shift');
    await drawn(page);
    const atRest = await curvePixels(canvas);
    expect(panned.places.size).toBeGreaterThan(100);
    expect(shareWithoutMatch(panned, zoomed)).toBeGreaterThan(0.2);
    expect(shareWithoutMatch(panned, atRest)).toBeLessThan(0.03);
    expect(shareWithoutMatch(atRest, panned)).toBeLessThan(0.03);
    await page.mouse.dblclick(x + width * 0.5, y + height / 2);
    await expect(resets).toHaveCount(0);
    await drawn(page);
    const whole = await curvePixels(canvas);
    const { x: at, y: up } = await boxOf(plot);
    await page.mouse.move(at + width * 0.5, up + height / 2);
    await page.keyboard.down('Control');
    await turnWheel(page, -100, 6);
    await expect(resets).toHaveCount(2);
    await expect
      .poll(async () => shareWithoutMatch(await curvePixels(canvas), whole))
      .toBeGreaterThan(0.2);
    // Beyond the whole there is nothing to zoom out to.
    await turnWheel(page, 100, 12);
    await page.keyboard.up('Control');
    await expect(resets).toHaveCount(0);
    await expect
      .poll(async () => [...(await curvePixels(canvas)).places])
      .toEqual([...whole.places]);
    await plot.focus();
    await lab.press('ArrowRight', 'Enter', 'Shift+ArrowRight', 'Shift+ArrowRight', 'Enter');
    await expect(resets).toHaveCount(2);
    await lab.press('Escape');
    await expect(resets).toHaveCount(0);
  });

  await test.step('Charts are saved as pictures and numbers, on the wall clock with dates', async () => {
    const png = await lab.savedChart('Loss', 'Save as PNG');
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    // Twice as fine as the page, whatever the screen.
    const { width } = await boxOf(page.getByRole('img', { name: 'Loss', exact: true }));
    expect(png.readUInt32BE(16)).toBe(2 * Math.floor(width));
    await page.getByRole('radio', { name: 'Clock' }).click();
    const times = (await lab.chartRows('Loss'))
      .filter((row) => row.startsWith('training,'))
      .map((row) => Date.parse(row.split(',')[1] ?? ''));
    expect(times).toHaveLength(STEPS);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times[0]).toBeGreaterThan(began);
    await page.getByRole('radio', { name: 'Step', exact: true }).click();
    const heat = await lab.chartRows('the heat map');
    expect(heat).toHaveLength(STEPS / 5);
    await lab.openTab('Confusion');
    const confusion = await lab.chartRows('the confusion matrix');
    expect(confusion.map((row) => row.split(',')[0])).toEqual(['checks', 'plaid', 'twill']);
  });

  await test.step('The network is exported, and another runtime computes the same', async () => {
    await lab.button('Files').click();
    await page.getByRole('menuitem', { name: 'Network for other programs …' }).click();
    const dialog = page.getByRole('dialog', { name: 'Export the network' });
    await dialog.getByRole('button', { name: 'Export', exact: true }).click();
    const save = dialog.getByRole('button', { name: /^Save [\d.]/ });
    await expect(save).toBeVisible({ timeout: 120_000 });
    // The model of a normalized map, and the one of image bytes.
    const rows = dialog.getByRole('row', { name: /onnxruntime-node/ });
    await expect(rows).toContainText(['16 of 16', '16 of 16']);
    const [download] = await Promise.all([page.waitForEvent('download'), save.click()]);
    expect(download.suggestedFilename()).toMatch(/-network\.zip$/);
    await page.keyboard.press('Escape');
  });

  await test.step('Both lie over each other', async () => {
    await lab.go('Runs');
    await expect(lab.runRow(/Finished/)).toHaveCount(2, { timeout: 400_000 });
    await page.getByRole('checkbox', { name: 'Select all' }).check();
    await expect(page.getByText('2 selected runs')).toBeVisible();
    const curves = new Set((await lab.chartRows('Training loss')).map((row) => row.split(',')[0]));
    expect(curves.size).toBe(2);
  });

  expect(lab.defects).toEqual([]);
});

async function turnWheel(page: Page, delta: number, notches: number): Promise<void> {
  for (let notch = 0; notch < notches; notch++) await page.mouse.wheel(0, delta);
}

/** Two frames: what the first one's work asks for is drawn in the second. */
async function drawn(page: Page): Promise<void> {
  await page.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
  );
}

async function boxOf(
  locator: Locator,
): Promise<{ x: number; y: number; width: number; height: number }> {
  const box = await locator.boundingBox();
  if (!box) throw new Error('It is not on the page.');
  return box;
}
