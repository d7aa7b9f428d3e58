// A run of the library as the records of an event file: version, settings, every point, how it ended.
import { stretchesOf, wallClock } from '../../../shared/contract/run-clock.ts';
import { flatSettings, sessionEnd, sessionStart } from '../../export/tensorboard/hparams.ts';
import { record, scalarRecords, versionRecords } from '../../export/tensorboard/scalar-events.ts';
import type { Library } from '../../store/library.ts';
import type { RunRecord } from '../../store/run-record.ts';

/** Shown as results beside the settings, where the run has them. */
const RESULTS = ['val/accuracy', 'val/loss', 'train/epoch-accuracy', 'train/epoch-loss'];

/** Without its end where the run is in training. */
export function* runRecords(library: Library, run: RunRecord): Generator<Uint8Array> {
  yield* openingRecords(library, run);
  yield* scalarRecords(library.series.readAll(run.id), clockOf(run));
  if (run.status !== 'running') yield endRecord(run);
}

function* openingRecords(library: Library, run: RunRecord): Generator<Uint8Array> {
  const startedAtSeconds = Date.parse(run.startedAt ?? run.createdAt) / 1000;
  yield* versionRecords(startedAtSeconds);
  const known = new Set(library.series.list(run.id).map(({ name }) => name));
  // Before its first point nobody knows which of them a run will have; TensorBoard leaves the others empty.
  const metrics = known.size === 0 ? RESULTS : RESULTS.filter((name) => known.has(name));
  yield record({
    wallTime: startedAtSeconds,
    step: 0,
    summary: {
      value: sessionStart({
        experiment: run.group ?? run.dataName,
        settings: settingsOf(run),
        metrics,
        group: run.id,
        startedAtSeconds,
      }),
    },
  });
}

export function endRecord(run: RunRecord): Uint8Array {
  const endedAtSeconds = Date.parse(run.finishedAt ?? run.updatedAt) / 1000;
  return record({
    wallTime: endedAtSeconds,
    step: 0,
    summary: { value: [sessionEnd(run.status, endedAtSeconds)] },
  });
}

/** Milliseconds since 1970; a run whose times are not known is taken to have begun when it was made. */
export function clockOf(run: RunRecord): (elapsedMs: number) => number {
  const stretches = stretchesOf(run);
  const createdAtMs = Date.parse(run.createdAt);
  return stretches.length === 0 ? (elapsedMs) => createdAtMs + elapsedMs : wallClock(stretches);
}

/** What the run was asked to do. */
function settingsOf(run: RunRecord): Readonly<Record<string, string | number | boolean>> {
  const { architecture, dataFingerprint } = run;
  return { ...flatSettings(run.spec), architecture, dataFingerprint };
}
