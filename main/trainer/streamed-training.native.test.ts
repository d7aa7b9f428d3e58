// Data read from the pack, batch by batch and ahead of the steps, trains to the same bits as data in the session.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { RecipeInput } from '../../shared/spec/recipe.ts';
import { failOnLeaks } from '../engine/testing/leaks.ts';
import { tensorsOf, trainingFolders, trainSmall } from './testing/small-training.ts';

failOnLeaks();

const folders = trainingFolders('resnet-lab-streamed-');
const RECIPE: RecipeInput = { augmentation: { kind: 'pad-crop-flip' } };

beforeEach(() => {
  vi.stubEnv('RESNET_LAB_RESIDENT_BYTES', '0');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

test('a streamed training ends with the weights of a resident one', async () => {
  const streamed = await trainSmall(folders, RECIPE);
  vi.unstubAllEnvs();
  const resident = await trainSmall(folders, RECIPE);
  expect(tensorsOf(streamed)).toEqual(tensorsOf(resident));
  expect(streamed.host.series.get('val/loss')).toEqual(resident.host.series.get('val/loss'));
});

test('one that was stopped, with a batch read ahead, goes on to the same bits', async () => {
  const straight = await trainSmall(folders, RECIPE);
  const first = await trainSmall(folders, RECIPE, { stopAfter: 5 });
  const rest = await trainSmall(folders, RECIPE, { runFolder: first.folder, resume: true });
  expect(rest.host.prepared).toMatchObject({ firstStep: 5 });
  expect(tensorsOf(rest)).toEqual(tensorsOf(straight));
});
