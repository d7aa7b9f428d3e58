import path from 'node:path';
import { writeImageFolder } from '../image-folders.ts';
import type { Lab } from '../lab.ts';
import { smallRun } from '../small-run.ts';
import { expect, test } from '../story.ts';

test.skip(({ host }) => host === 'electron', 'The window of Electron goes with its host.');

/** What a browser writes to its console while nobody listens at the address. */
function ownDefects(lab: Lab): readonly string[] {
  return lab.defects.filter((defect) => !/ERR_CONNECTION_|WebSocket connection to/.test(defect));
}

test('A page whose host was killed says so, comes back by itself, and the run and its queue go on.', async ({
  lab,
  opened,
}) => {
  const { page } = lab;
  await lab.startRun(smallRun({ name: 'Waits', steps: 100_000, diagnosticsEvery: 100 }));
  await lab.startRun(smallRun({ name: 'Comes after', steps: 40 }));
  await lab.openRun(/Waits/);
  await lab.expectStepAbove(40);
  const step = await lab.step();
  const address = page.url();

  await opened.crash();
  const banner = page.getByRole('alert').filter({ hasText: 'The host does not answer' });
  await expect(banner).toBeVisible();
  await lab.button('Pause').click();
  await expect(page.getByText(/connection|does not answer/i).last()).toBeVisible();

  await opened.startAgain();
  await expect(banner).toBeHidden();
  expect(page.url()).toBe(address);
  await lab.expectStatus('Running');
  await lab.expectStepAbove(step);
  await lab.button('Stop').click();
  await lab.expectStatus('Stopped');
  await lab.go('Runs');
  await expect(lab.runRow(/Comes after/)).toContainText('Finished', { timeout: 120_000 });
  expect(ownDefects(lab)).toEqual([]);
});

test('An upload that broke off with its host goes on by itself when the host is back.', async ({
  lab,
  opened,
  scratch,
}) => {
  const { page } = lab;
  const folder = writeImageFolder(path.join(scratch, 'many'), { classes: { a: 2000, b: 2000 } });
  await lab.drop(folder);
  await expect(page.getByRole('progressbar', { name: 'Upload of many' })).toBeVisible();
  await expect(page.getByText(/^0 B of .* 4,000 files$/)).toBeHidden();
  await opened.crash();
  await expect(lab.button('Go on with the upload')).toBeVisible();
  await opened.startAgain();
  await expect(page.getByRole('heading', { name: 'many' })).toBeVisible();
  await lab.button('Add it').click();
  await expect(page.getByRole('button', { name: /^a\s*2,?000$/ })).toBeVisible();
  expect(ownDefects(lab)).toEqual([]);
});
