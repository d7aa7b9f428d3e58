// What must hold before a run may start or go on. Everything that can be known without TensorFlow is
// refused here, before a run or a process is made.
import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { importedSentence, type ImportedRun } from '../../shared/contract/imported-run.ts';
import type { GoBackChoice } from '../../shared/contract/run-history.ts';
import { failure, inputError, type AppError } from '../../shared/errors.ts';
import { devicesConflict } from '../../shared/spec/devices.ts';
import { isAutoencoder } from '../../shared/spec/autoencoder.ts';
import { familyConflict } from '../../shared/spec/family-recipe.ts';
import { recipeConflict } from '../../shared/spec/recipe-check.ts';
import { RunSpec } from '../../shared/spec/run.ts';
import { totalSteps } from '../../shared/spec/schedule.ts';
import type { RunRecord } from '../store/run-record.ts';
import { buildPlan } from '../zoo/build-plan.ts';
import type { DatasetOutline } from './dataset-outline.ts';

/** @throws inputError if the network, the data, the recipe and the weights do not fit together */
export function checkSpec(spec: RunSpec, data: DatasetOutline): { readonly totalSteps: number } {
  const { input, classes, counts } = data;
  buildPlan(spec.architecture, { input, classes: classes.length });
  const { normalization, batch, length, frozen } = spec.recipe;
  const conflict = recipeConflict(spec.recipe);
  if (conflict !== undefined) {
    throw inputError('bad-recipe', conflict.sentence, { path: `recipe.${conflict.path}` });
  }
  const division = devicesConflict(spec);
  if (division !== undefined) {
    throw inputError('bad-devices', division.sentence, { path: division.path });
  }
  const ofFamily = familyConflict(spec.architecture, spec.recipe);
  if (ofFamily !== undefined) {
    throw inputError('bad-recipe', ofFamily.sentence, { path: `recipe.${ofFamily.path}` });
  }
  if (spec.newHead === true && isAutoencoder(spec.architecture)) {
    throw inputError(
      'bad-option',
      `${spec.architecture.name} is an autoencoder: its last layers belong to each other, so none of them can start anew alone; leave newHead out (--new-head).`,
      { path: 'newHead' },
    );
  }
  if (frozen.kind === 'stages') checkFrozen(spec, frozen.stages);
  if (normalization.kind === 'fixed' && normalization.mean.length !== input.channels) {
    throw inputError(
      'bad-normalization',
      `The normalization has ${normalization.mean.length} means, but the images of ${data.source} have ${input.channels} channel(s); give as many, or use --normalize auto.`,
      { path: 'recipe.normalization' },
    );
  }
  if (spec.weights !== undefined && !fs.existsSync(spec.weights)) {
    throw inputError('not-found', `There is no weight file ${spec.weights}; check the path.`, {
      path: spec.weights,
    });
  }
  return { totalSteps: totalSteps(length, { batch, examples: counts.train }) };
}

/** @throws inputError `bad-recipe` where frozen units make no sense */
function checkFrozen({ architecture, weights }: RunSpec, stages: number): void {
  if (weights === undefined) {
    throw inputError(
      'bad-recipe',
      'The recipe freezes stages, but the run starts from random weights, which would never be trained. Give the weights to start from (--weights FILE.safetensors), or set frozen.kind to none.',
      { path: 'recipe.frozen' },
    );
  }
  const count = architecture.stages.length;
  if (stages > count) {
    throw inputError(
      'bad-recipe',
      `The recipe freezes ${stages} stages, but ${architecture.name} has ${count}; freeze at most ${count}, which leaves the last layer to train.`,
      { path: 'recipe.frozen.stages' },
    );
  }
}

export interface ResumePlan {
  readonly spec: RunSpec;
  /** False: no checkpoint was ever written, so it begins anew. True does not say that it is there and whole. */
  readonly fromCheckpoint: boolean;
}

/**
 * `from`: it goes back to another checkpoint first, which `goBackTo` allows a finished run whose last is damaged.
 * @throws inputError or failure with what to do instead
 */
export function checkResumable(run: RunRecord, runFolder: string, from?: GoBackChoice): ResumePlan {
  if (run.deletedAt !== null) {
    throw inputError('run-deleted', `The run ${run.id} is deleted, so it can't go on.`);
  }
  if (run.imported !== null) throw importedRun(run, run.imported);
  if (run.status === 'finished' && from === undefined) throw runFinished(run);
  if (run.owner !== null) {
    throw inputError(
      'run-in-training',
      `The run ${run.id} is being trained by process ${run.owner.pid} on ${run.owner.host}; stop it there first.`,
      { details: { ...run.owner } },
    );
  }
  const parsed = RunSpec.safeParse(run.spec);
  if (!parsed.success) throw unreadableSpec(run, parsed.error);
  const fromCheckpoint =
    run.checkpoints.last !== undefined || fs.existsSync(path.join(runFolder, 'last.safetensors'));
  return { spec: parsed.data, fromCheckpoint };
}

export function runFinished({ id, step, totalSteps: planned }: RunRecord): AppError {
  return inputError(
    'run-finished',
    `The run ${id} is finished (${step} of ${planned} steps), so there is nothing to resume. To train it for longer: \`resnet-lab runs extend ${id} --epochs N\`.`,
  );
}

/** @throws inputError `data-changed` */
export function checkSameData(run: RunRecord, data: DatasetOutline): void {
  if (data.fingerprint === run.dataFingerprint) return;
  throw inputError(
    'data-changed',
    `The data in ${data.source} has changed since the run ${run.id} began, so it can't go on as the same run. Restore the data, or start a new run.`,
    {
      path: data.source,
      details: { expected: run.dataFingerprint, found: data.fingerprint },
    },
  );
}

/** Of a run that has neither settings nor weights. */
export function importedRun(
  { id, name }: Pick<RunRecord, 'id' | 'name'>,
  { file }: ImportedRun,
): AppError {
  return inputError('run-imported', importedSentence({ name, file }), { details: { id } });
}

function unreadableSpec(run: RunRecord, error: z.ZodError): AppError {
  return failure(
    'spec-unreadable',
    `The run ${run.id} was made by another version of ResNet Lab (${run.codeVersion}) whose settings this one can't read. Resume it with that version.`,
    { details: { problem: z.prettifyError(error) } },
  );
}
