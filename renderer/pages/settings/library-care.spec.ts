import { expect, test } from 'vitest';
import { page } from 'vitest/browser';
import type { LibraryBackup, LibraryCheck } from '../../../shared/contract/app/library.ts';
import { failure } from '../../../shared/errors.ts';
import { servedApp } from '../../testing/served-app.ts';
import { show } from '../../testing/show.svelte.ts';
import LibraryCare from './LibraryCare.svelte';

const at = '2026-11-30T08:00:00.000Z';
const sound: LibraryCheck = {
  ...{ at, depth: 'full', isSound: true },
  findings: {
    ...{ database: [], runs: 3, damaged: [], withoutRecord: [] },
    ...{ checkpoints: 5, damagedCheckpoints: [] },
  },
};
const damaged: LibraryCheck = {
  ...sound,
  isSound: false,
  findings: { ...sound.findings, damaged: [{ id: 'r-1', problem: 'a series can not be read' }] },
};

/** A host that says how far its check is, and ends it with `answer`; without one when it is given up. */
function care(answer?: LibraryCheck | Error) {
  const calls: string[] = [];
  const backups: LibraryBackup[] = [];
  const app = servedApp({
    'library.state': () => Promise.resolve({ lastCheck: null, backups: [...backups] }),
    'library.check': async (_, { emit, signal }) => {
      await emit({
        kind: 'progress',
        progress: { message: 'Reading the series: run 2 of 3', fraction: 0.2 },
      });
      if (answer instanceof Error) throw answer;
      if (answer !== undefined) return emit({ kind: 'done', check: answer });
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      calls.push('given up');
    },
    'library.backUp': () => {
      const backup = { file: '/library/backups/library-1.db', at, sizeBytes: 2048 };
      backups.push(backup);
      return Promise.resolve({ backup });
    },
  });
  show(LibraryCare, {}, { app });
  return calls;
}

const button = (name: string) => page.getByRole('button', { name });

test('A check shows how far it is; given up, the host ends it and nothing is said of the library.', async () => {
  const calls = care();
  await expect.element(page.getByText('Not checked yet.')).toBeVisible();
  await button('Check everything').click();
  await expect
    .element(page.getByRole('progressbar', { name: 'Reading the series: run 2 of 3' }))
    .toHaveAttribute('aria-valuenow', '20');
  await button('Cancel').click();
  await expect.poll(() => calls).toEqual(['given up']);
  await expect.element(button('Check everything')).toBeVisible();
  await expect.element(page.getByText('Not checked yet.')).toBeVisible();
});

test('A sound library says so, with what was read.', async () => {
  care(sound);
  await button('Check everything').click();
  await expect
    .element(page.getByText(/^Sound: full check .*3 runs, 5 checkpoints\.$/))
    .toBeVisible();
});

test('Damage is named, with the way back.', async () => {
  care(damaged);
  await button('Check everything').click();
  await expect
    .element(page.getByRole('list', { name: 'What is damaged' }))
    .toHaveTextContent(/r-1/);
  await expect.element(page.getByText('resnet-lab library restore')).toBeVisible();
});

test('A check that fails is an error that stays, and another can be begun.', async () => {
  care(failure('checker-failed', 'The process that checked it ended (SIGKILL).'));
  await button('Check everything').click();
  await expect
    .element(page.getByText('The process that checked it ended (SIGKILL).'))
    .toBeVisible();
  await expect.element(button('Check everything')).toBeVisible();
});

test('A backup appears when it is made.', async () => {
  care();
  await expect.element(page.getByText('No backup yet. The app makes one a day.')).toBeVisible();
  await button('Back up now').click();
  await expect.element(page.getByText(/^1 backup, the newest .*2\.00 KiB/)).toBeVisible();
});
