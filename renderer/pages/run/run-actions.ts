// What can be done to a run, by its status, and how. One place for the run page, the list and their
// menus. The host answers with events; nothing is changed here.
import type { RunStatus } from '../../../shared/contract/app/runs.ts';
import type { App } from '../../state/app.svelte.ts';

export type RunDeed = 'pause' | 'stop' | 'resume' | 'cancel' | 'retry';

const DEEDS: Readonly<Record<RunStatus, readonly RunDeed[]>> = {
  queued: ['cancel'],
  running: ['pause', 'stop'],
  paused: ['resume', 'stop'],
  interrupted: ['resume', 'retry'],
  finished: ['retry'],
  failed: ['resume', 'retry'],
};

export const DEED_WORDS: Readonly<
  Record<RunDeed, { readonly label: string; readonly hint: string }>
> = {
  pause: { label: 'Pause', hint: 'Saves a checkpoint and lets go of the device' },
  stop: { label: 'Stop', hint: 'Saves a checkpoint and ends the run; it can still be resumed' },
  resume: { label: 'Resume', hint: 'Goes on from the last checkpoint, bit by bit the same' },
  cancel: { label: 'Take out of the queue', hint: 'It can be resumed later' },
  retry: { label: 'Run again', hint: 'A new run with the same settings and seed' },
};

/** `canResume`: there is a checkpoint to go on from. */
export function deedsOf(status: RunStatus, canResume: boolean): readonly RunDeed[] {
  return DEEDS[status].filter((deed) => deed !== 'resume' || status !== 'failed' || canResume);
}

export async function doDeed(app: App, deed: RunDeed, ids: readonly string[]): Promise<boolean> {
  const { label } = DEED_WORDS[deed];
  return app.attempt(`${label} did not work`, () =>
    app.host.call(`runs.${deed}`, { ids: [...ids] }),
  );
}

/** For a trainer that does not hear: the run is back at its last checkpoint. */
export async function endAtOnce(app: App, id: string): Promise<boolean> {
  return app.attempt('The run could not be ended', () =>
    app.host.call('runs.cancel', { ids: [id] }),
  );
}

/** Deletes; for a while a note offers to bring them back. */
export async function deleteRuns(app: App, ids: readonly string[]): Promise<boolean> {
  const count = ids.length;
  const name = app.runs.find(ids[0] ?? '')?.name ?? 'The run';
  const isDone = await app.attempt('Deleting did not work', () =>
    app.host.call('runs.delete', { ids: [...ids] }),
  );
  if (isDone) {
    app.toasts.show({
      title: count === 1 ? `${name} deleted` : `${count} runs deleted`,
      action: { label: 'Undo', run: () => void restoreRuns(app, ids) },
    });
  }
  return isDone;
}

async function restoreRuns(app: App, ids: readonly string[]): Promise<void> {
  await app.attempt('Restoring did not work', () =>
    app.host.call('runs.restore', { ids: [...ids] }),
  );
}
