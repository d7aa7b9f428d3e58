// Records of runs changed by the page: names, groups, notes and tags, and the trash.
import type { RunChange } from '../../../shared/contract/app/runs.ts';
import { inputError } from '../../../shared/errors.ts';
import type { RunChanges, RunRecord } from '../../store/run-record.ts';
import { onEach } from '../scheduling/on-each.ts';
import type { HandlersOf } from './handlers.ts';
import { listTrash, purgeRuns, TRASH_DAYS } from './purge.ts';
import { answerWithRefusals } from './refusals.ts';
import type { RunActionParts } from './run-actions.ts';
import { queuePositions, toRunRow } from './run-rows.ts';

export function createRunRecords({ parts, scheduler, backlog, watch }: RunActionParts) {
  const { library } = parts;
  const answer = answerWithRefusals(watch);
  const inOneTransaction = (ids: readonly string[], change: (id: string) => void) =>
    answer(
      ids,
      library.transaction(() => onEach(ids, (id) => backlog.nameOf(id), change)),
    );
  return {
    'runs.change': ({ id, ...change }) => {
      const run = library.runs.update(id, checkedChange(change));
      watch.look();
      return Promise.resolve(toRunRow(run, queuePositions(library)));
    },
    'runs.changeMany': ({ changes }) => {
      const byId = new Map(changes.map(({ id, ...change }) => [id, change]));
      return inOneTransaction([...byId.keys()], (id) => {
        library.runs.update(id, checkedChange(byId.get(id) ?? {}));
      });
    },
    'runs.delete': ({ ids }) =>
      inOneTransaction(ids, (id) => {
        if (scheduler.isRunning(id)) throw stillInTraining(library.runs.get(id));
        const run = library.runs.delete(id);
        library.queue.remove(id);
        // Should it be restored, it does not wait for anything.
        if (run.status === 'queued') library.runs.update(id, { status: 'interrupted' });
      }),
    'runs.restore': ({ ids }) => inOneTransaction(ids, (id) => void library.runs.restore(id)),
    'runs.trash': async () => {
      const positions = queuePositions(library);
      const entries = await listTrash(library);
      const runs = entries.map(({ run, sizeBytes }) => ({
        run: toRunRow(run, positions),
        sizeBytes,
      }));
      return { runs, keptDays: TRASH_DAYS };
    },
    'runs.purge': async ({ ids }) => {
      const { failed, freedBytes } = await purgeRuns(library, ids);
      return { failed, freedBytes };
    },
  } satisfies Partial<HandlersOf<'runs'>>;
}

function stillInTraining({ id, name }: RunRecord): Error {
  return inputError(
    'run-in-training',
    `"${name}" is being trained; stop it first, then delete it.`,
    { details: { id } },
  );
}

function checkedChange({ name, group, notes, tags }: Omit<RunChange, 'id'>): RunChanges {
  return {
    ...(name === undefined ? {} : { name: requireName(name) }),
    ...(group === undefined ? {} : { group: emptyToNull(group) }),
    ...(notes === undefined ? {} : { notes }),
    ...(tags === undefined ? {} : { tags: [...new Set(tags)] }),
  };
}

function emptyToNull(group: string | null): string | null {
  const trimmed = group?.trim() ?? '';
  return trimmed === '' ? null : trimmed;
}

function requireName(name: string): string {
  const trimmed = name.trim();
  if (trimmed !== '') return trimmed;
  throw inputError('no-name', 'A run needs a name; type at least one letter.', { path: 'name' });
}
