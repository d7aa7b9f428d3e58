// Runs for the page: what is known of each, and what can be done with them. Order and training are the
// queue's business.
import os from 'node:os';
import type { z } from 'zod';
import { ImageShape } from '../../../shared/contract/app/common.ts';
import type { RunChange } from '../../../shared/contract/app/runs.ts';
import type { GoBackChoice } from '../../../shared/contract/run-history.ts';
import { AppError, inputError, toErrorDocument } from '../../../shared/errors.ts';
import { describeIssue } from '../../../shared/spec/issue-sentence.ts';
import { RunSpec } from '../../../shared/spec/run.ts';
import { cheapFacts } from '../../runtime/machine.ts';
import type { Library } from '../../store/library.ts';
import type { RunChanges, RunRecord } from '../../store/run-record.ts';
import { requireIntactLast } from '../checkpoint-choice.ts';
import { extendRun } from '../extend-run.ts';
import { goBackTo } from '../go-back.ts';
import type { HostParts } from '../host-parts.ts';
import { checkResumable } from '../run-checks.ts';
import { onEach, onEachInTurn, throwIfSingle, type Refusal } from '../scheduling/on-each.ts';
import type { RunBacklog } from '../scheduling/run-backlog.ts';
import type { Scheduler } from '../scheduling/scheduler.ts';
import { clearlyFits, costOf, estimateEpoch, recipeLoad } from './estimate.ts';
import type { HandlersOf } from './handlers.ts';
import type { LibraryWatch } from './library-watch.ts';
import { availableMemory, processUse } from './machine-memory.ts';
import type { MistakeService } from './mistakes.ts';
import { listTrash, purgeRuns, TRASH_DAYS } from './purge.ts';
import { createRuns, expandRequest } from './run-creation.ts';
import type { RunEventHub } from './run-event-hub.ts';
import { readLogTail } from './run-log.ts';
import { queuePositions, specOf, toRunDetail, toRunRow } from './run-rows.ts';
import { createSpeedSamples } from './speed-samples.ts';

export interface RunsOptions {
  readonly parts: HostParts;
  readonly scheduler: Scheduler;
  readonly backlog: RunBacklog;
  readonly hub: RunEventHub;
  readonly watch: LibraryWatch;
  readonly mistakes: MistakeService;
}

export function createRunsService(options: RunsOptions): Omit<HandlersOf<'runs'>, 'runs.series'> {
  const { parts, scheduler, backlog, hub, watch, mistakes } = options;
  const { library } = parts;
  const speeds = createSpeedSamples(library);
  const done = (): Promise<Record<string, never>> => {
    watch.look();
    return Promise.resolve({});
  };
  const nameOf = (id: string): string => backlog.nameOf(id);
  /** Answers with the runs that refused, once whoever listens has heard of the others. */
  const after = async (
    ids: readonly unknown[],
    refused: readonly Refusal[],
  ): Promise<{ failed: Refusal[] }> => {
    await done();
    throwIfSingle(ids.length, refused);
    return { failed: [...refused] };
  };
  const addToQueue = (ids: readonly string[]): void => backlog.add(ids, 'back');

  return {
    'runs.list': ({ includeDeleted }) => {
      const positions = queuePositions(library);
      const pages = [
        library.runs.list(),
        ...(includeDeleted ? [library.runs.list({ deleted: true })] : []),
      ];
      return Promise.resolve({
        runs: pages
          .flatMap((page) => page.runs)
          .map((run) => toRunRow(backlog.seen(run), positions)),
        damaged: pages.flatMap((page) => page.damaged),
      });
    },
    'runs.get': ({ id }) =>
      Promise.resolve(toRunDetail(backlog.seen(library.runs.get(id)), queuePositions(library))),
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
      const { architecture, recipe, devices } = spec;
      const load = recipeLoad(recipe, devices);
      const cost = costOf({ architecture, input, classes, examples, ...load });
      // What this host's trainers hold will be free by the time a new run has its turn.
      const held = scheduler.active.map(({ pid }) => (pid === undefined ? 0 : memoryOf(pid)));
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
      const { tensorboard } = request;
      const ids = await createRuns(parts, specs, { signal, whenMade: addToQueue, tensorboard });
      scheduler.dispatch();
      watch.look();
      return { ids: [...ids] };
    },
    'runs.retry': async ({ ids }, { signal }) => {
      const made: string[] = [];
      const refused = await onEachInTurn(ids, nameOf, async (id) => {
        const specs = [specOf(library.runs.get(id))];
        made.push(...(await createRuns(parts, specs, { signal, whenMade: addToQueue })));
      });
      scheduler.dispatch();
      return { ids: made, ...(await after(ids, refused)) };
    },
    'runs.pause': ({ ids }) => after(ids, scheduler.pause(ids)),
    'runs.resume': async ({ ids, from }) => {
      if (from !== undefined && ids.length > 1) {
        throw inputError('bad-input', 'Only one run at a time can go back to another checkpoint.');
      }
      const ready: string[] = [];
      const refused = await onEachInTurn(ids, nameOf, async (id) => {
        await prepareResume(library, id, from);
        ready.push(id);
      });
      return await after(ids, [...refused, ...scheduler.resume(ready)]);
    },
    'runs.extend': async ({ id, ...extension }, { signal }) => {
      await extendRun(library, id, extension, { signal });
      await after([id], scheduler.resume([id]));
      return {};
    },
    'runs.stop': ({ ids }) => after(ids, scheduler.stop(ids)),
    'runs.cancel': ({ ids }) => after(ids, scheduler.cancel(ids)),
    'runs.move': ({ id, position }) => {
      library.queue.move(id, position);
      return done();
    },
    'runs.delete': ({ ids }) =>
      after(
        ids,
        library.transaction(() =>
          onEach(ids, nameOf, (id) => {
            if (scheduler.isRunning(id)) throw stillInTraining(library.runs.get(id));
            const run = library.runs.delete(id);
            library.queue.remove(id);
            // Should it be restored, it does not wait for anything.
            if (run.status === 'queued') library.runs.update(id, { status: 'interrupted' });
          }),
        ),
      ),
    'runs.restore': ({ ids }) =>
      after(
        ids,
        library.transaction(() => onEach(ids, nameOf, (id) => void library.runs.restore(id))),
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
      after(
        changes,
        library.transaction(() => {
          const byId = new Map(changes.map(({ id, ...change }) => [id, change]));
          return onEach([...byId.keys()], nameOf, (id) => {
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
  checkResumable(run, library.runFolder(id), from);
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
  const { sentence } = describeIssue(parsed.error, {
    ...{ value: given, document: 'The image size', fields: ['height', 'width', 'channels'] },
  });
  throw inputError('bad-input', `The image size can't be read: ${sentence}`, { path: 'input' });
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
