// What can be done to a run, by its status, and how. One place for the run page, the list and their
// menus. The host answers with events; nothing is changed here.
import type {
  RunChange,
  RunFailure,
  RunRow,
  RunStatus,
} from '../../../shared/contract/app/runs.ts';
import { formatQuantity } from '../../../shared/format.ts';
import type { App } from '../../state/app.svelte.ts';

export type RunAction = 'pause' | 'stop' | 'resume' | 'cancel' | 'retry';

const ACTIONS: Readonly<Record<RunStatus, readonly RunAction[]>> = {
  queued: ['cancel'],
  running: ['pause', 'stop'],
  paused: ['resume', 'stop'],
  interrupted: ['resume', 'retry'],
  finished: ['retry'],
  failed: ['resume', 'retry'],
};

export const ACTION_WORDS: Readonly<
  Record<RunAction, { readonly label: string; readonly hint: string }>
> = {
  pause: { label: 'Pause', hint: 'Saves a checkpoint and lets go of the device' },
  stop: { label: 'Stop', hint: 'Saves a checkpoint and ends the run; it can still be resumed' },
  resume: { label: 'Resume', hint: 'Goes on from the last checkpoint, bit by bit the same' },
  cancel: { label: 'Take out of the queue', hint: 'It can be resumed later' },
  retry: { label: 'Run again', hint: 'A new run with the same settings and seed' },
};

/** `canResume`: there is a checkpoint to go on from. */
export function actionsOf(status: RunStatus, canResume: boolean): readonly RunAction[] {
  return ACTIONS[status].filter(
    (action) => action !== 'resume' || status !== 'failed' || canResume,
  );
}

export async function doAction(
  app: App,
  action: RunAction,
  ids: readonly string[],
): Promise<boolean> {
  const { label } = ACTION_WORDS[action];
  return onRuns(app, `${label} did not work`, ids, (wanted) =>
    app.host.call(`runs.${action}`, { ids: wanted }),
  );
}

/** For a trainer that does not hear: the run is back at its last checkpoint. */
export async function endAtOnce(app: App, id: string): Promise<boolean> {
  return app.attempt('The run could not be ended', () =>
    app.host.call('runs.cancel', { ids: [id] }),
  );
}

/** Moves runs to the trash; a note offers to bring them back at once. */
export async function deleteRuns(app: App, ids: readonly string[]): Promise<boolean> {
  const name = app.runs.find(ids[0] ?? '')?.name ?? 'The run';
  let deleted = ids;
  const isDone = await onRuns(app, 'Deleting did not work', ids, async (wanted) => {
    const outcome = await app.host.call('runs.delete', { ids: wanted });
    deleted = ids.filter((id) => outcome.failed.every((failure) => failure.id !== id));
    return outcome;
  });
  if (isDone && deleted.length > 0) {
    app.toasts.show({
      title:
        ids.length === 1
          ? `${name} is in the trash`
          : `${formatQuantity(deleted.length, 'run')} moved to the trash`,
      action: { label: 'Undo', run: () => void restoreRuns(app, deleted) },
    });
  }
  return isDone;
}

export async function restoreRuns(app: App, ids: readonly string[]): Promise<boolean> {
  return onRuns(app, 'Restoring did not work', ids, (wanted) =>
    app.host.call('runs.restore', { ids: wanted }),
  );
}

/** Changes runs and offers to undo that. */
export async function changeRuns(app: App, changes: readonly RunChange[]): Promise<boolean> {
  const before = changes.flatMap((change) => {
    const row = app.runs.find(change.id);
    return row === undefined ? [] : [formerValues(row, change)];
  });
  const isDone = await sendChanges(app, changes);
  if (isDone) {
    app.toasts.show({
      title: `${formatQuantity(changes.length, 'run')} changed`,
      action: { label: 'Undo', run: () => void sendChanges(app, before) },
    });
  }
  return isDone;
}

function sendChanges(app: App, changes: readonly RunChange[]): Promise<boolean> {
  const ids = changes.map(({ id }) => id);
  return onRuns(app, 'The change did not work', ids, () =>
    app.host.call('runs.changeMany', { changes: [...changes] }),
  );
}

/** What a change would have to say to be undone. */
function formerValues(row: RunRow, change: RunChange): RunChange {
  return {
    id: row.id,
    ...(change.name === undefined ? {} : { name: row.name }),
    ...(change.group === undefined ? {} : { group: row.group }),
    ...(change.notes === undefined ? {} : { notes: row.notes }),
    ...(change.tags === undefined ? {} : { tags: row.tags }),
  };
}

/** Does something to several runs. Those that refuse are named with their reasons. */
async function onRuns(
  app: App,
  title: string,
  ids: readonly string[],
  work: (ids: string[]) => Promise<{ readonly failed: readonly RunFailure[] }>,
): Promise<boolean> {
  return app.attempt(title, async () => {
    const { failed } = await work([...ids]);
    if (failed.length > 0) app.toasts.show(refusals(title, failed, ids.length));
  });
}

const LISTED_REFUSALS = 5;

export function refusals(
  title: string,
  failed: readonly RunFailure[],
  count: number,
): { title: string; text: string; tone: 'bad' } {
  const lines = failed
    .slice(0, LISTED_REFUSALS)
    .map(({ name, error }) => `${name}: ${error.message}`);
  const rest = failed.length - lines.length;
  return {
    title: `${title} for ${failed.length} of ${formatQuantity(count, 'run')}`,
    text: [...lines, ...(rest > 0 ? [`… and ${rest} more`] : [])].join('\n'),
    tone: 'bad',
  };
}
