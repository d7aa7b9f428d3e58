import { expect, test } from '../story.ts';

test('An empty library offers a race, which starts a residual network and its plain twin.', async ({
  lab,
}) => {
  const { page } = lab;
  await lab.button('Start the race').click();
  await expect(page).toHaveURL(/#\/run\//);
  await lab.expectStatus('Running');
  await lab.expectStepAbove(0);

  await lab.go('Runs');
  await expect(lab.runRow(/Running/)).toHaveCount(1);
  await expect(lab.runRow(/Queued/)).toHaveCount(1);
  expect(lab.defects).toEqual([]);
});
