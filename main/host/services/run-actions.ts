// Trainings begun, ended and taken up again by the page. Their order and their devices are the scheduler's
// business.
import type { GoBackChoice } from '../../../shared/contract/run-history.ts';
import { AppError, inputError, toErrorDocument } from '../../../shared/errors.ts';
import type { Library } from '../../store/library.ts';
import { requireIntactLast } from '../checkpoint-choice.ts';
import { extendRun } from '../extend-run.ts';
import { goBackTo } from '../go-back.ts';
import type { HostParts } from '../host-parts.ts';
import { checkResumable } from '../run-checks.ts';
import { onEachInTurn } from '../scheduling/on-each.ts';
import type { RunBacklog } from '../scheduling/run-backlog.ts';
import type { Scheduler } from '../scheduling/scheduler.ts';
import type { HandlersOf } from './handlers.ts';
import type { LibraryWatch } from './library-watch.ts';
import { answerWithRefusals } from './refusals.ts';
import { createRuns, expandRequest } from './run-creation.ts';
import { specOf } from './run-rows.ts';

export interface RunActionParts {
  readonly parts: HostParts;
  readonly scheduler: Scheduler;
  readonly backlog: RunBacklog;
  readonly watch: LibraryWatch;
}

export function createRunActions({ parts, scheduler, backlog, watch }: RunActionParts) {
  const { library } = parts;
  const answer = answerWithRefusals(watch);
  const nameOf = (id: string): string => backlog.nameOf(id);
  const whenMade = (ids: readonly string[]): void => backlog.add(ids, 'back');
  return {
    'runs.start': async (request, { signal }) => {
      const specs = expandRequest(request, new Date());
      const { tensorboard } = request;
      const ids = await createRuns(parts, specs, { signal, whenMade, tensorboard });
      scheduler.dispatch();
      watch.look();
      return { ids: [...ids] };
    },
    'runs.retry': async ({ ids }, { signal }) => {
      const made: string[] = [];
      const refused = await onEachInTurn(ids, nameOf, async (id) => {
        made.push(
          ...(await createRuns(parts, [specOf(library.runs.get(id))], { signal, whenMade })),
        );
      });
      scheduler.dispatch();
      return { ids: made, ...(await answer(ids, refused)) };
    },
    'runs.pause': ({ ids }) => answer(ids, scheduler.pause(ids)),
    'runs.resume': async ({ ids, from }) => {
      if (from !== undefined && ids.length > 1) {
        throw inputError('bad-input', 'Only one run at a time can go back to another checkpoint.');
      }
      const ready: string[] = [];
      const refused = await onEachInTurn(ids, nameOf, async (id) => {
        await prepareResume(library, id, from);
        ready.push(id);
      });
      return await answer(ids, [...refused, ...scheduler.resume(ready)]);
    },
    'runs.extend': async ({ id, ...extension }, { signal }) => {
      await extendRun(library, id, extension, { signal });
      await answer([id], scheduler.resume([id]));
      return {};
    },
    'runs.stop': ({ ids }) => answer(ids, scheduler.stop(ids)),
    'runs.cancel': ({ ids }) => answer(ids, scheduler.cancel(ids)),
    'runs.move': ({ id, position }) => {
      library.queue.move(id, position);
      watch.look();
      return Promise.resolve({});
    },
  } satisfies Partial<HandlersOf<'runs'>>;
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
