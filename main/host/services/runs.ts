// Runs for the page: what is known of each, and what can be done with them. Order and training are the
// queue's business.
import os from 'node:os';
import { z } from 'zod';
import { ImageShape } from '../../../shared/contract/app/common.ts';
import type { GoBackChoice } from '../../../shared/contract/run-history.ts';
import { AppError, inputError, toErrorDocument } from '../../../shared/errors.ts';
import { cheapFacts } from '../../runtime/machine.ts';
import type { RunRecord } from '../../store/run-record.ts';
import type { Library } from '../../store/library.ts';
import { requireIntactLast } from '../checkpoint-choice.ts';
import { extendRun } from '../extend-run.ts';
import { goBackTo } from '../go-back.ts';
import type { HostParts } from '../host-parts.ts';
import { checkResumable } from '../run-checks.ts';
import { clearlyFits, costOf, estimateEpoch, recipeLoad } from './estimate.ts';
import type { HandlersOf } from './handlers.ts';
import type { LibraryWatch } from './library-watch.ts';
import { availableMemory, processUse } from './machine-memory.ts';
import type { MistakeService } from './mistakes.ts';
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
      for (const id of ids) {
        const specs = [specOf(library.runs.get(id))];
        made.push(...(await createRuns(parts, specs, { signal, whenMade: addToQueue })));
      }
      watch.look();
      return { ids: made };
    },
    'runs.pause': ({ ids }) => {
      queue.pause(ids);
      return done();
    },
    'runs.resume': async ({ ids, from }) => {
      await prepareResume(library, ids, from);
      queue.resume(ids);
      return await done();
    },
    'runs.extend': async ({ id, ...extension }, { signal }) => {
      await extendRun(library, id, extension, { signal });
      queue.resume([id]);
      return await done();
    },
    'runs.stop': ({ ids }) => {
      queue.stop(ids);
      return done();
    },
    'runs.cancel': ({ ids }) => {
      queue.cancel(ids);
      return done();
    },
    'runs.move': ({ id, position }) => {
      queue.move(id, position);
      return done();
    },
    'runs.delete': ({ ids }) => {
      const inTraining = queue.active.find(({ id }) => ids.includes(id));
      if (inTraining !== undefined) throw stillInTraining(library.runs.get(inTraining.id));
      library.together(() => {
        for (const id of ids) {
          const run = library.runs.delete(id);
          library.queue.remove(id);
          // Should it be restored, it does not wait for anything.
          if (run.status === 'queued') library.runs.update(id, { status: 'interrupted' });
        }
      });
      return done();
    },
    'runs.restore': ({ ids }) => {
      library.together(() => {
        for (const id of ids) library.runs.restore(id);
      });
      return done();
    },
    'runs.change': async ({ id, name, notes, tags }) => {
      const run = library.runs.update(id, {
        ...(name === undefined ? {} : { name: requireName(name) }),
        ...(notes === undefined ? {} : { notes }),
        ...(tags === undefined ? {} : { tags: [...new Set(tags)] }),
      });
      await done();
      return toRunRow(run, queuePositions(library));
    },
    'runs.mistakes': async ({ id, limit }, { signal }) => {
      const run: RunRecord = library.runs.get(id);
      return { mistakes: await mistakes.get(run, { limit, signal }) };
    },
  };
}

/**
 * Checks the checkpoints that runs are to go on from. What is wrong is written down with each run, so that
 * its page offers the others; the last of several is thrown.
 */
async function prepareResume(
  library: Library,
  ids: readonly string[],
  from: GoBackChoice | undefined,
): Promise<void> {
  const [only, ...others] = ids;
  if (from !== undefined && (only === undefined || others.length > 0)) {
    throw inputError('bad-input', 'Only one run at a time can go back to another checkpoint.');
  }
  let problem: AppError | undefined;
  for (const id of ids) {
    let run = library.runs.get(id);
    checkResumable(run, library.runFolder(id));
    if (from !== undefined) run = await goBackTo(library, run, from);
    if (!checkResumable(run, library.runFolder(id)).fromCheckpoint) continue;
    try {
      await requireIntactLast(library, run);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      library.runs.update(id, { error: toErrorDocument(error) });
      problem = error;
    }
  }
  if (problem !== undefined) throw problem;
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
    `"${name}" is being trained; stop it first, then delete it. Nothing was deleted.`,
    { details: { id } },
  );
}

function requireName(name: string): string {
  const trimmed = name.trim();
  if (trimmed !== '') return trimmed;
  throw inputError('no-name', 'A run needs a name; type at least one letter.', { path: 'name' });
}
