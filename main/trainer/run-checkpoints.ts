// The checkpoints of one training: the last, the best, those its recipe keeps, and early stopping, whose
// count is part of them. A checkpoint is written only after every point before it is in the library.
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { AppError, failure } from '../../shared/errors.ts';
import type { CheckpointState, LossScaleState } from '../../shared/contract/checkpoint-state.ts';
import type { KeptFacts, TrainJob } from '../../shared/contract/trainer.ts';
import type { Precision } from '../../shared/spec/precision.ts';
import type { Network } from '../engine/network/network.ts';
import {
  checkpointFile,
  keptFileName,
  readCheckpoint,
  writeCheckpoint,
  writeEvaluated,
  type CheckpointRole,
} from './checkpoint.ts';
import type { HostLink } from './host-link.ts';
import { keepAfter } from './kept-checkpoints.ts';
import { isBetter, type Score } from '../../shared/curves/best-evaluation.ts';
import { FRESH_PATIENCE, isOver, waitFor } from './patience.ts';
import type { PreparedData } from './prepared-data.ts';
import { readWeightFile } from './weight-file.ts';

/** At least this long between checkpoints inside an epoch, and at most 5 % of the time on them. */
const CHECKPOINT_INTERVAL_MS = 60_000;
const CHECKPOINT_TIME_SHARE = 0.05;

/** Where in the training a checkpoint stands. */
export interface Moment {
  /** Steps done. */
  readonly step: number;
  readonly elapsedMs: number;
}

export interface Restored extends Moment {
  readonly ended: boolean;
  readonly lossScale: LossScaleState | undefined;
}

export interface CheckpointParts {
  readonly job: TrainJob;
  readonly host: HostLink;
  readonly data: PreparedData;
  readonly network: Network;
  readonly totalSteps: number;
  readonly precision: Precision;
  /** Of the next step; undefined unless the training is in float16. */
  readonly lossScale: () => LossScaleState | undefined;
  /** Resolves when the host has stored every point so far. */
  readonly flush: () => Promise<void>;
}

export class RunCheckpoints {
  private readonly parts: CheckpointParts;
  private best: CheckpointState['best'] = null;
  private patience = FRESH_PATIENCE;
  private kept: readonly KeptFacts[] = [];
  private slotsStart = 0;
  private writtenMs = performance.now();
  private costMs = 0;

  constructor(parts: CheckpointParts) {
    this.parts = parts;
  }

  /** The recipe does not want to wait any longer for something better. */
  get isOver(): boolean {
    return isOver(this.patience, this.parts.job.spec.recipe.earlyStopping);
  }

  /** Of the best checkpoint; undefined without one. */
  get bestStep(): number | undefined {
    return this.best?.step;
  }

  /** Updates that the optimizer's slots do not know of, because they began anew after them. */
  get slotsSince(): number {
    return this.slotsStart;
  }

  /** Sets weights, slots and everything known here to those of the last checkpoint. */
  async restore(): Promise<Restored> {
    const { job, data, network } = this.parts;
    const file = checkpointFile(job.runFolder, 'last');
    const { values, slots, state } = await readCheckpoint(file, network);
    if (state.dataFingerprint !== data.facts.fingerprint) {
      throw failure(
        'data-changed',
        `The data in ${job.spec.data.source} has changed since this run began, so it cannot go on as the same run. Restore the data, or start a new run from the checkpoint's weights with --weights ${file}.`,
        { details: { expected: state.dataFingerprint, given: data.facts.fingerprint } },
      );
    }
    network.writeWeights(values);
    network.writeSlots(slots);
    // A run that went back to an earlier checkpoint may have lost files of what came after it.
    const isThere = (name: string): boolean => existsSync(join(job.runFolder, name));
    this.best = isThere('best.safetensors') ? state.best : null;
    this.patience = state.patience ?? FRESH_PATIENCE;
    this.kept = state.kept.filter((entry) => isThere(entry.file));
    this.slotsStart = slots.size > 0 ? (state.slotsSince ?? 0) : state.step;
    if (slots.size === 0 && network.companions.length > 0 && state.step > 0) {
      console.log(`${file} holds no optimizer state: it begins anew at step ${state.step}.`);
    }
    // Skipped steps are counted from where the slots began.
    const lossScale = slots.size > 0 ? state.lossScale : undefined;
    return { step: state.step, elapsedMs: state.elapsedMs, ended: state.ended, lossScale };
  }

  /** After an epoch: what its evaluation (undefined without a validation split) and its number decide. */
  async judge(
    score: Score | undefined,
    at: Moment & { readonly epoch: number | undefined },
  ): Promise<void> {
    const { earlyStopping, checkpoints } = this.parts.job.spec.recipe;
    const { monitor } = checkpoints;
    if (score !== undefined) {
      this.patience = waitFor(this.patience, score, { spec: earlyStopping, monitor });
    }
    const { kept, isNew } = keepAfter(this.kept, { ...at, score }, checkpoints);
    if (isNew) {
      const file = await this.writeKept(at);
      this.kept = kept.map((entry) => ('file' in entry ? entry : { ...entry, ...file }));
    }
    if (score !== undefined && this.isBest(score)) {
      this.best = {
        accuracy: Number.isFinite(score.accuracy) ? score.accuracy : null,
        loss: Number.isFinite(score.loss) ? score.loss : null,
        step: at.step,
      };
      await this.write('best', at);
    }
  }

  isDue(): boolean {
    const sinceMs = performance.now() - this.writtenMs;
    return sinceMs > Math.max(CHECKPOINT_INTERVAL_MS, this.costMs / CHECKPOINT_TIME_SHARE);
  }

  /** `ended`: nothing is left to train. */
  async writeLast(at: Moment, { ended = false } = {}): Promise<void> {
    const started = performance.now();
    await this.write('last', at, ended);
    this.writtenMs = performance.now();
    this.costMs = this.writtenMs - started;
    await this.prune();
  }

  /**
   * Sets the network to the best weights; false if there are none or they are the present ones, undefined
   * if their file can't be read any more.
   */
  async loadBest(presentStep: number): Promise<boolean | undefined> {
    const { job, network } = this.parts;
    if (this.best === null || this.best.step === presentStep) return false;
    const file = checkpointFile(job.runFolder, 'best');
    try {
      network.writeEvaluated((await readWeightFile(file, network.weights)).values);
      return true;
    } catch (error) {
      // The training is done and its last checkpoint is written; that it can't show its best is a note.
      if (!(error instanceof AppError)) throw error;
      console.log(`The best weights could not be read again: ${error.message}`);
      return undefined;
    }
  }

  private isBest(score: Score): boolean {
    const { monitor } = this.parts.job.spec.recipe.checkpoints;
    const { best } = this;
    const known = best && {
      accuracy: best.accuracy ?? Number.NaN,
      loss: best.loss ?? Infinity,
    };
    return isBetter(monitor, score, known ?? undefined);
  }

  private async write(role: CheckpointRole, at: Moment, ended = false): Promise<void> {
    const { job, host, network } = this.parts;
    await this.parts.flush();
    const state = this.stateAt(at, ended);
    const { meanImage } = this.parts.data.normalization;
    const facts = await writeCheckpoint(job.runFolder, role, { network, state, meanImage });
    await host.send({ kind: 'checkpoint', facts });
  }

  private async writeKept(at: Moment): Promise<Pick<KeptFacts, 'file' | 'sizeBytes' | 'sha256'>> {
    const { job, network } = this.parts;
    await this.parts.flush();
    const path = join(job.runFolder, keptFileName(at.step));
    const written = await writeEvaluated(path, {
      network,
      state: this.stateAt(at, false),
      meanImage: this.parts.data.normalization.meanImage,
    });
    return { ...written, file: basename(path) };
  }

  private stateAt(at: Moment, ended: boolean): CheckpointState {
    const { job, data, totalSteps, precision } = this.parts;
    const lossScale = this.parts.lossScale();
    return {
      format: 2,
      run: basename(job.runFolder),
      step: at.step,
      totalSteps,
      elapsedMs: at.elapsedMs,
      best: this.best,
      patience: this.patience,
      kept: [...this.kept],
      ended,
      ...(this.slotsStart === 0 ? {} : { slotsSince: this.slotsStart }),
      ...(precision === 'float32' ? {} : { precision }),
      ...(lossScale === undefined ? {} : { lossScale }),
      spec: job.spec,
      input: data.facts.input,
      classes: data.facts.classes,
      dataFingerprint: data.facts.fingerprint,
      normalization: data.facts.normalization,
    };
  }

  /**
   * Removes kept files that are no longer wanted. Only after the last checkpoint was written without
   * them: a run that goes on from the one before would want them again.
   */
  private async prune(): Promise<void> {
    const { job, host } = this.parts;
    const { keepBest, everyEpochs } = job.spec.recipe.checkpoints;
    if (keepBest <= 1 && everyEpochs === null) return;
    const wanted = new Set(this.kept.map(({ file }) => file));
    const isOurs = /^step-\d+\.safetensors$/;
    for (const file of await readdir(job.runFolder)) {
      if (isOurs.test(file) && !wanted.has(file)) await rm(join(job.runFolder, file));
    }
    await host.send({ kind: 'kept', checkpoints: [...this.kept] });
  }
}
