// What the best checkpoint of a run says of every validation image, for the page: computed once for each
// checkpoint when somebody asks.
import { calibrationOf } from '../../../shared/calibration/calibration.ts';
import { finiteRows, predictedOf } from '../../../shared/calibration/logits.ts';
import { precisionRecall } from '../../../shared/calibration/precision-recall.ts';
import type { JudgedImage } from '../../../shared/contract/app/outputs.ts';
import type { SplitOutputs } from '../../data/split-outputs.ts';
import type { RunRecord } from '../../store/run-record.ts';
import type { HostParts } from '../host-parts.ts';
import { writeCalibration } from '../calibration-file.ts';
import { judgedImage } from '../judged-image.ts';
import { mapPiece, mappedRows, type MappedRows } from '../output-map.ts';
import { computeRunOutputs, outputsFile, readRunFeatures, readRunOutputs } from '../run-outputs.ts';
import type { Scheduler } from '../scheduling/scheduler.ts';
import type { HandlersOf } from './handlers.ts';
import { hasValidation, orAborted } from './mistakes.ts';

/** A curve has no more points than a screen can show. */
const DRAWN_POINTS = 1000;

export class OutputService {
  readonly #parts: HostParts;
  readonly #scheduler: Scheduler;
  /** Of the run that is looked at: its files may be large. */
  #newest: { readonly file: string; readonly outputs: SplitOutputs } | undefined;
  #newestMap: { readonly outputs: SplitOutputs; readonly rows: MappedRows } | undefined;

  constructor(parts: HostParts, scheduler: Scheduler) {
    this.#parts = parts;
    this.#scheduler = scheduler;
  }

  readonly handlers: HandlersOf<'outputs'> = {
    'outputs.calibration': async ({ id }, { signal }) => {
      const outputs = await this.#outputsOf(id, signal);
      const found = outputs && calibrationOf(outputs);
      if (outputs === undefined || found === undefined) return { calibration: null };
      const { before, after, ...facts } = found;
      const calibration = {
        ...{ step: outputs.step, classes: [...outputs.classNames], ...facts },
        before: { ...before, bins: [...before.bins] },
        after: { ...after, bins: [...after.bins] },
      };
      const { library } = this.#parts;
      writeCalibration(library, library.runs.get(id), calibration);
      return { calibration };
    },
    'outputs.thresholds': async ({ id, label, temperature }, { signal }) => {
      const outputs = await this.#outputsOf(id, signal);
      if (outputs === undefined) return { thresholds: null };
      const { points, ...facts } = precisionRecall(outputs, label, temperature);
      return { thresholds: { ...facts, points: thinned(points) } };
    },
    'outputs.cell': async ({ id, label, predicted, limit }, { signal }) => {
      const outputs = await this.#outputsOf(id, signal);
      if (outputs === undefined) return { cell: null };
      const images = imagesOfCell(outputs, label, predicted);
      return { cell: { count: images.length, images: images.slice(0, limit) } };
    },
    'outputs.map': async ({ id, from }, { signal }) => {
      const outputs = await this.#outputsOf(id, signal);
      const rows = outputs && (await this.#mapOf(id, outputs));
      return { map: outputs && rows ? mapPiece(outputs, rows, from) : null };
    },
  };

  async #outputsOf(id: string, signal: AbortSignal): Promise<SplitOutputs | undefined> {
    const { library } = this.#parts;
    const run = library.runs.get(id);
    const file = outputsFile(library, run);
    if (file === undefined || !hasValidation(run)) return undefined;
    if (this.#newest?.file === file) return this.#newest.outputs;
    const known = (await readRunOutputs(library, run)) ?? (await this.#compute(run, signal));
    if (known !== undefined) this.#newest = { file, outputs: known };
    return known;
  }

  async #compute(run: RunRecord, signal: AbortSignal): Promise<SplitOutputs | undefined> {
    // A training replaces its checkpoints, and has the device.
    if (run.status === 'running') return undefined;
    const work = this.#scheduler.submit({
      id: `outputs of ${run.id}`,
      kind: 'mistakes',
      priority: 'urgent',
      work: ({ place, stop, abandon }) =>
        computeRunOutputs(this.#parts, run, {
          signal: AbortSignal.any([stop, abandon]),
          device: place.device,
        }),
    });
    await orAborted(work, signal);
    return await readRunOutputs(this.#parts.library, run);
  }

  async #mapOf(id: string, outputs: SplitOutputs): Promise<MappedRows | undefined> {
    const { library } = this.#parts;
    if (this.#newestMap?.outputs === outputs) return this.#newestMap.rows;
    const features = await readRunFeatures(library, library.runs.get(id));
    if (features === undefined) return undefined;
    const rows = mappedRows(outputs, features);
    this.#newestMap = { outputs, rows };
    return rows;
  }
}

/** The first, the last and an even choice between. */
function thinned<P>(points: readonly P[]): P[] {
  if (points.length <= DRAWN_POINTS) return [...points];
  const step = (points.length - 1) / (DRAWN_POINTS - 1);
  return Array.from({ length: DRAWN_POINTS }, (_, i) => points[Math.round(i * step)]).filter(
    (point) => point !== undefined,
  );
}

/** Least sure of their label first. */
function imagesOfCell(outputs: SplitOutputs, label: number, predicted: number): JudgedImage[] {
  return [...finiteRows(outputs)]
    .filter((row) => outputs.labels[row] === label && predictedOf(outputs, row) === predicted)
    .map((row) => judgedImage(outputs, row))
    .sort((a, b) => a.labelProbability - b.labelProbability);
}
