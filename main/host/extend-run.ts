// Makes a finished run one that has more steps to do: a new length, what its schedule does from here on,
// and a note of it in its history. It then goes on like any interrupted run, from its last checkpoint.
import { inputError } from '../../shared/errors.ts';
import { DataFacts } from '../../shared/contract/trainer.ts';
import { formatExact } from '../../shared/format.ts';
import { extendedRecipe, isConstant } from '../../shared/spec/extended-schedule.ts';
import type { ExtensionSpec, LengthSpec } from '../../shared/spec/recipe.ts';
import { recipeOrigin } from '../../shared/spec/recipe-origin.ts';
import { RunSpec } from '../../shared/spec/run.ts';
import { totalSteps } from '../../shared/spec/schedule.ts';
import type { Library } from '../store/library.ts';
import type { RunRecord } from '../store/run-record.ts';
import { requireIntactLast } from './checkpoint-choice.ts';
import { outlineData } from './dataset-outline.ts';
import { checkSameData } from './run-checks.ts';
import type { RunOptions } from './run-service.ts';
import { asObject, specOf } from './services/run-rows.ts';

export interface Extension {
  /** Of the whole run, from its first step. */
  readonly length: LengthSpec;
  /** Needed unless the rate is constant. */
  readonly schedule?: ExtensionSpec['schedule'] | undefined;
}

/**
 * The run is `interrupted` afterwards; its caller resumes it.
 * @throws inputError or failure with why it can't be extended and what to do instead
 */
export async function extendRun(
  library: Library,
  reference: string,
  { length, schedule }: Extension,
  options: { readonly onEvent?: RunOptions['onEvent']; readonly signal?: AbortSignal } = {},
): Promise<RunRecord> {
  const run = library.runs.get(reference);
  requireEnded(run);
  const { recipe, ...spec } = specOf(run);
  const steps = plannedSteps(run, length, recipe.batch);
  if (schedule === undefined && !isConstant(recipe)) throw whichSchedule(run.id);
  await requireGoingOn(library, run);
  const { cacheFolder } = library;
  checkSameData(run, await outlineData(spec.data, { cacheFolder, ...options }));
  const extension: ExtensionSpec = { fromStep: run.step, schedule: schedule ?? 'append' };
  const extended = RunSpec.parse({
    ...spec,
    recipe: extendedRecipe(recipe, { length, ...extension }),
  });
  return library.transaction(() => {
    const now = library.runs.get(run.id);
    requireEnded(now);
    return library.runs.update(run.id, {
      status: 'interrupted',
      spec: extended,
      recipeOrigin: recipeOrigin(extended.recipe),
      totalSteps: steps,
      history: [
        ...now.history,
        {
          kind: 'extended',
          at: new Date().toISOString(),
          step: run.step,
          fromSteps: run.totalSteps,
          toSteps: steps,
          schedule: isConstant(recipe) ? 'constant' : extension.schedule,
        },
      ],
    });
  });
}

/** @throws inputError if the run has not come to its last step */
function requireEnded(run: RunRecord): void {
  const { id, status, step } = run;
  if (run.deletedAt !== null) {
    throw inputError('run-deleted', `The run ${id} is deleted; restore it before you extend it.`);
  }
  if (run.owner !== null) {
    throw inputError(
      'run-in-training',
      `The run ${id} is being trained by process ${run.owner.pid} on ${run.owner.host}; it can be extended when it is finished.`,
      { details: { ...run.owner } },
    );
  }
  if (status !== 'finished') {
    throw inputError(
      'run-not-finished',
      `The run ${id} is ${status} at step ${formatExact(step)} of ${formatExact(run.totalSteps)}; only a finished run can be extended. Let it finish first (\`resnet-lab runs resume ${id}\`).`,
    );
  }
  if (step < run.totalSteps || run.metrics['stoppedEarly'] === 1) {
    throw inputError(
      'run-stopped-early',
      `The run ${id} stopped early, at step ${formatExact(step)} of ${formatExact(run.totalSteps)}, as its recipe wanted, so its steps did not run out. To train on from its weights, start a new run with --weights and earlyStopping off.`,
    );
  }
}

/** @throws inputError `not-longer` */
function plannedSteps(run: RunRecord, length: LengthSpec, batch: number): number {
  const counts = DataFacts.safeParse(asObject(run.environment)['data']).data?.counts;
  if (counts === undefined && length.kind === 'epochs') {
    throw inputError(
      'no-data-facts',
      `The record of the run ${run.id} does not say how many images it was trained on, so epochs can't be counted; give --steps.`,
    );
  }
  const steps = totalSteps(length, { batch, examples: counts?.train ?? 0 });
  if (steps > run.totalSteps) return steps;
  throw inputError(
    'not-longer',
    `The run ${run.id} has ${formatExact(run.totalSteps)} steps already, and ${length.kind === 'epochs' ? `${length.epochs} epochs are` : 'you gave'} ${formatExact(steps)}; the number is that of the whole run, so give a larger one.`,
    { details: { given: steps, has: run.totalSteps } },
  );
}

/** @throws inputError if the last checkpoint is not what a training goes on from */
async function requireGoingOn(library: Library, run: RunRecord): Promise<void> {
  if (run.checkpoints.last === undefined) {
    throw inputError(
      'no-checkpoint',
      `The run ${run.id} has no checkpoint here (a bundle without checkpoints, perhaps), so it can't go on.`,
    );
  }
  const last = await requireIntactLast(library, run);
  if (!last.hasSlots) {
    throw inputError(
      'no-optimizer-state',
      `The last checkpoint of the run ${run.id} holds no optimizer state, so its training can't go on from there. Start a new run with --weights ${last.file}.`,
    );
  }
  if (last.state.ended) {
    throw inputError(
      'best-restored',
      `The last checkpoint of the run ${run.id} holds its best weights, as its recipe wanted (earlyStopping.restoreBest), and no longer those of step ${formatExact(run.step)}. Start a new run with --weights instead.`,
    );
  }
}

function whichSchedule(id: string): Error {
  return inputError(
    'which-schedule',
    `Say what the learning rate of the run ${id} does from here on: --schedule stretch (as if the schedule had been planned for the whole length) or --schedule append (the schedule again, over the added steps).`,
    { path: '--schedule' },
  );
}
