import { Lab } from '../lab.ts';
import { smallRun } from '../small-run.ts';
import { expect, test } from '../story.ts';

test('Two browsers on one library see the same run, and what one does the other shows.', async ({
  lab,
  opened,
  host,
}) => {
  test.skip(host === 'electron', 'The desktop app has one window.');
  await lab.startRun(smallRun({ name: 'Shared', steps: 100_000, diagnosticsEvery: 100 }));
  await lab.expectStepAbove(0);

  const other = await Lab.open(opened);
  await other.openRun(/Shared/);
  await other.expectStatus('Running');
  const step = await lab.step();
  await other.expectStepAbove(step);

  await other.button('Pause').click();
  await lab.expectStatus('Paused');
  await other.expectStatus('Paused');
  expect(await lab.step()).toBe(await other.step());

  await lab.button('Shared').click();
  await lab.page.getByRole('textbox', { name: 'Name of the run' }).fill('Renamed elsewhere');
  await lab.press('Enter');
  await expect(other.button('Renamed elsewhere')).toBeVisible();

  await lab.button('Resume').click();
  await other.expectStatus('Running');
  await lab.button('Pause').click();
  await other.expectStatus('Paused');
  // What is paused can be given up as well.
  await other.button('Stop').click();
  await lab.expectStatus('Stopped');
  expect([...lab.defects, ...other.defects]).toEqual([]);
});
