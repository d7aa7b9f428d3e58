import { smallRun } from '../small-run.ts';
import { kill } from '../served-app.ts';
import { expect, test } from '../story.ts';

const STEPS = 800;

test('A trainer that is killed is reported with what is known of its end, and the run goes on from its checkpoint.', async ({
  lab,
  opened,
}) => {
  await lab.startRun(smallRun({ name: 'Killed', steps: STEPS, diagnosticsEvery: 50 }));
  await lab.expectStepAbove(20);
  const trainers = opened.trainers();
  expect(trainers).toHaveLength(1);
  trainers.forEach(kill);

  await lab.expectStatus('Failed');
  const failure = lab.page.getByRole('alert').filter({ hasText: 'This run failed' });
  await expect(failure).toContainText('The trainer was killed from outside');
  await failure.getByRole('link', { name: 'Show the log' }).click();
  await expect(lab.page.getByRole('tab', { name: 'Log' })).toHaveAttribute('aria-selected', 'true');

  await failure.getByRole('button', { name: /^Resume from step \d/ }).click();
  await lab.expectStatus('Running');
  await expect(failure).toBeHidden();
  await lab.expectStatus('Finished', 180_000);
  expect(await lab.step()).toBe(STEPS);
  expect(lab.defects).toEqual([]);
});
