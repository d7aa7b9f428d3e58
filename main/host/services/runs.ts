// Runs for the page: what is known of each, and what can be done with them. Order and training are the
// queue's business.
import os from 'node:os';
import { z } from 'zod';
import { ImageShape } from '../../../shared/contract/app/common.ts';
import type { RunChange, RunFailure } from '../../../shared/contract/app/runs.ts';
import type { GoBackChoice } from '../../../shared/contract/run-history.ts';
import { AppError, inputError, toErrorDocument } from '../../../shared/errors.ts';
import { RunSpec } from '../../../shared/spec/run.ts';
import { cheapFacts } from '../../runtime/machine.ts';
import type { Library } from '../../store/library.ts';
import type { RunChanges, RunRecord } from '../../store/run-record.ts';
import { requireIntactLast } from '../checkpoint-choice.ts';
import { extendRun } from '../extend-run.ts';
import { goBackTo } from '../go-back.ts';
import type { HostParts } from '../host-parts.ts';
import { checkResumable } from '../run-checks.ts';
import { onEachRun, runFailure } from './each-run.ts';
import { clearlyFits, costOf, estimateEpoch, recipeLoad } from './estimate.ts';
import type { HandlersOf } from './handlers.ts';
import type { LibraryWatch } from './library-watch.ts';
import { availableMemory, processUse } from './machine-memory.ts';
import type { MistakeService } from './mistakes.ts';
import { listTrash, purgeRuns, TRASH_DAYS } from './purge.ts';
import { createRuns, expandRequest } from './run-creation.ts';
import type { RunEventHub } from './run-event-hub.ts';
import { readLogTail } from './run-log.ts';
import type { RunQueue } from './run-queue.ts';
import { queuePositions, specOf, toRunDetail, toRunRow } from './run-rows.ts';
import { createSpeedSamples } from './speed-samples.ts';

export interface RunsOptions {
  readonly parts: HostParts;
  readonly queue: RunQueue;
  readonly hub: RunEventHub;
  readonly watch: LibraryWatch;
  readonly mistakes: MistakeService;
}

export function createRunsService(options: RunsOptions): Omit<HandlersOf<'runs'>, 'runs.series'> {
  const { parts, queue, hub, watch, mistakes } = options;
  const { library } = parts;
  const speeds = createSpeedSamples(library);
  const done = (): Promise<Record<string, never>> => {
    watch.look();
    return Promise.resolve({});
  };
  /** Answers with the runs that refused, once whoever listens has heard of the others. */
  const after = async (work: () => RunFailure[]): Promise<{ failed: RunFailure[] }> => {
    const failed = work();
    await done();
    return { failed };
  };
  const addToQueue = (ids: readonly string[]): void => queue.add(ids, 'back');

  return {
    'runs.list': ({ includeDeleted }) => {
      const positions = queuePositions(library);
      const deleted = includeDeleted ? library.runs.list({ deleted: true }).runs : [];
      const runs = [...library.runs.list().runs, ...deleted];
      return Promise.resolve({ runs: runs.map((run) => toRunRow(queue.seen(run), positions)) });
    },
    'runs.get': ({ id }) =>
      Promise.resolve(toRunDetail(queue.seen(library.runs.get(id)), queuePositions(library))),
    'runs.events': async (_input, { signal, emit }) => {
      if (signal.aborted) return;
      watch.begin();
      const end = hub.subscribe((event) => {
        const id = event.kind === 'changed' ? event.run.id : event.id;
        void emit(event, { latest: `${event.kind} ${id}` });
      });
      await new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      end();
    },
    'runs.log': async ({ id, tailBytes }) => {
      const run = library.runs.get(id);
      return { text: await readLogTail(library.runFolder(run.id), tailBytes) };
    },
    'runs.estimate': async ({ spec, input: given, classes, examples }) => {
      const input = parseInput(given);
      const { architecture, recipe } = spec;
      const cost = costOf({ architecture, input, classes, examples, ...recipeLoad(recipe) });
      // What this host's trainers hold will be free by the time a new run has its turn.
      const held = queue.active.map(({ pid }) => (pid === undefined ? 0 : memoryOf(pid)));
      const availableBytes = availableMemory() + held.reduce((sum, bytes) => sum + bytes, 0);
      const cores = (await cheapFacts()).hasNvidiaDriver ? undefined : os.availableParallelism();
      const work = { macs: cost.macs, batch: recipe.batch, examples };
      return {
        memoryBytes: cost.totalBytes,
        availableBytes,
        fits: clearlyFits(cost.totalBytes, availableBytes),
        epoch: estimateEpoch(work, speeds(), cores) ?? null,
        parts: { ...cost.memory },
      };
    },
    'runs.start': async (request, { signal }) => {
      const specs = expandRequest(request, new Date());
      const ids = await createRuns(parts, specs, { signal, whenMade: addToQueue });
      watch.look();
      return { ids: [...ids] };
    },
    'runs.retry': async ({ ids }, { signal }) => {
      const made: string[] = [];
      const failed: RunFailure[] = [];
      for (const id of ids) {
        try {
          const specs = [specOf(library.runs.get(id))];
          made.push(...(await createRuns(parts, specs, { signal, whenMade: addToQueue })));
        } catch (error) {
          if (!(error instanceof AppError) || ids.length === 1) throw error;
          failed.push(runFailure(library.runs, id, error));
        }
      }
      watch.look();
      return { ids: made, failed };
    },
    'runs.pause': ({ ids }) => after(() => queue.pause(ids)),
    'runs.resume': async ({ ids, from }) => {
      if (from !== undefined && ids.length > 1) {
        throw inputError('bad-input', 'Only one run at a time can go back to another checkpoint.');
      }
      const failed: RunFailure[] = [];
      const ready: string[] = [];
      for (const id of ids) {
        try {
          await prepareResume(library, id, from);
          ready.push(id);
        } catch (error) {
          if (!(error instanceof AppError) || ids.length === 1) throw error;
          failed.push(runFailure(library.runs, id, error));
        }
      }
      return await after(() => [...failed, ...(ready.length === 0 ? [] : queue.resume(ready))]);
    },
    'runs.extend': async ({ id, ...extension }, { signal }) => {
      await extendRun(library, id, extension, { signal });
      queue.resume([id]);
      return await done();
    },
    'runs.stop': ({ ids }) => after(() => queue.stop(ids)),
    'runs.cancel': ({ ids }) => after(() => queue.cancel(ids)),
    'runs.move': ({ id, position }) => {
      queue.move(id, position);
      return done();
    },
    'runs.delete': ({ ids }) =>
      after(() =>
        library.together(() =>
          onEachRun(library.runs, ids, (id) => {
            if (queue.active.some((run) => run.id === id)) {
              throw stillInTraining(library.runs.get(id));
            }
            const run = library.runs.delete(id);
            library.queue.remove(id);
            // Should it be restored, it does not wait for anything.
            if (run.status === 'queued') library.runs.update(id, { status: 'interrupted' });
          }),
        ),
      ),
    'runs.restore': ({ ids }) =>
      after(() =>
        library.together(() => onEachRun(library.runs, ids, (id) => void library.runs.restore(id))),
      ),
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
    'runs.change': async ({ id, ...change }) => {
      const run = library.runs.update(id, checkedChange(change));
      await done();
      return toRunRow(run, queuePositions(library));
    },
    'runs.changeMany': ({ changes }) =>
      after(() =>
        library.together(() => {
          const byId = new Map(changes.map(({ id, ...change }) => [id, change]));
          return onEachRun(library.runs, [...byId.keys()], (id) => {
            library.runs.update(id, checkedChange(byId.get(id) ?? {}));
          });
        }),
      ),
    'runs.specs': ({ ids }) =>
      Promise.resolve({
        specs: ids.flatMap((id) => {
          const run = library.runs.find(id);
          const spec = run === undefined ? undefined : RunSpec.safeParse(run.spec).data;
          return spec === undefined ? [] : [{ id, spec }];
        }),
      }),
    'runs.mistakes': async ({ id, limit }, { signal }) => {
      const run: RunRecord = library.runs.get(id);
      return { mistakes: await mistakes.get(run, { limit, signal }) };
    },
  };
}

/**
 * Checks the checkpoint that a run is to go on from. What is wrong with it is written down with the run, so
 * that its page offers the others.
 */
async function prepareResume(
  library: Library,
  id: string,
  from: GoBackChoice | undefined,
): Promise<void> {
  let run = library.runs.get(id);
  checkResumable(run, library.runFolder(id));
  if (from !== undefined) run = await goBackTo(library, run, from);
  if (!checkResumable(run, library.runFolder(id)).fromCheckpoint) return;
  try {
    await requireIntactLast(library, run);
  } catch (error) {
    if (error instanceof AppError) library.runs.update(id, { error: toErrorDocument(error) });
    throw error;
  }
}

function memoryOf(pid: number): number {
  return processUse(pid)?.memoryBytes ?? 0;
}

function parseInput(given: unknown): z.output<typeof ImageShape> {
  const parsed = ImageShape.safeParse(given);
  if (parsed.success) return parsed.data;
  throw inputError('bad-input', `The image size can't be read: ${z.prettifyError(parsed.error)}.`, {
    path: 'input',
  });
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
