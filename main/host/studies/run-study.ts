// A study carried out here and now, one training after the other, as a command does. What is stopped or
// killed goes on when the same study is asked for again.
import { AppError, failure, inputError, messageOf } from '../../../shared/errors.ts';
import type { StudyDetail, StudySetting } from '../../../shared/contract/studies.ts';
import type { RunRecord } from '../../store/run-record.ts';
import type { Preparing, HostParts } from '../host-parts.ts';
import { knownProbe, probeRun } from '../probe-run.ts';
import type { TrainingEvent } from '../training-events.ts';
import type { RunService } from '../run-service.ts';
import {
  makeStudy,
  matchedRuns,
  openStudy,
  probeTasks,
  reuseRuns,
  settleStudy,
  studyDetail,
  type KeptStudy,
  type MatchedRun,
} from './kept-study.ts';

export interface RunStudyOptions {
  readonly stop: AbortSignal;
  readonly abandon: AbortSignal;
  /** A line about what comes next. */
  readonly onNext: (line: string) => void;
  readonly onRunEvent: (event: TrainingEvent) => void;
  readonly onProbeEvent: (event: Preparing) => void;
}

/** Resolves with what was found, also when it was stopped: its status says so. */
export async function runStudy(
  host: { readonly parts: HostParts; readonly runs: RunService },
  asked: { readonly name: string; readonly setting: StudySetting },
  options: RunStudyOptions,
): Promise<StudyDetail> {
  const { parts } = host;
  const { library } = parts;
  const settled = await settleStudy(parts, asked.name, asked.setting, options.stop);
  const unfinished = library.studies
    .list()
    .find(
      (record) =>
        record.status !== 'finished' &&
        record.name === settled.study.name &&
        JSON.stringify(record.setting) === JSON.stringify(settled.kept),
    );
  const id = unfinished?.id ?? makeStudy(library, settled);
  library.studies.setStatus(id, 'running');
  const kept = openStudy(library, id);
  const reused = reuseRuns(library, kept);
  options.onNext(
    `${unfinished ? 'Goes on with' : 'Study'} ${id}: ${kept.plan.runs.length} runs, ${kept.plan.probes.length} measurements${reused > 0 ? `; ${reused} finished ${reused === 1 ? 'run is' : 'runs are'} taken` : ''}.`,
  );
  const problems: string[] = [];
  const measure = async (): Promise<void> => {
    for (const task of probeTasks(kept.plan, matchedRuns(library, kept))) {
      if (options.stop.aborted) return;
      if (knownProbe(parts, task.request) !== undefined) continue;
      options.onNext(`Measures ${task.planned.key}.`);
      await probeRun(parts, task.request, { onEvent: options.onProbeEvent, signal: options.stop });
    }
  };
  try {
    await measure();
    for (const matched of matchedRuns(library, kept)) {
      if (options.stop.aborted || matched.run?.status === 'finished') continue;
      const problem = await trainPlanned(host, kept, matched, options);
      if (problem !== undefined) problems.push(problem);
      await measure();
    }
  } catch (error) {
    if (!options.stop.aborted) {
      library.studies.setStatus(id, 'failed', messageOf(error));
      throw error;
    }
  }
  if (options.stop.aborted) library.studies.setStatus(id, 'paused');
  else if (problems.length > 0) library.studies.setStatus(id, 'failed', problems.join(' '));
  else library.studies.setStatus(id, 'finished');
  return studyDetail(parts, id);
}

/** Trains one planned run to its end. Returns what went wrong with it alone, so that the others go on. */
async function trainPlanned(
  { parts, runs }: { readonly parts: HostParts; readonly runs: RunService },
  kept: KeptStudy,
  { planned, run }: MatchedRun,
  options: RunStudyOptions,
): Promise<string | undefined> {
  const { library } = parts;
  const { stop, abandon } = options;
  const { id } = kept.record;
  options.onNext(`Trains ${planned.key}.`);
  const begin = (): Promise<RunRecord> =>
    runs.start(
      { ...planned.spec, group: kept.group },
      {
        stop,
        abandon,
        onEvent: (event) => {
          if (event.kind === 'created') {
            library.studies.link(id, { key: planned.key, run: event.run.id, isReused: false });
            library.runs.update(event.run.id, { tags: [`study:${kept.study.name}`] });
          }
          options.onRunEvent(event);
        },
      },
    );
  const goOn = (reference: string): Promise<RunRecord> =>
    runs.resume(reference, { stop, abandon, onEvent: options.onRunEvent });
  try {
    const isBroken = run === undefined || run.status === 'failed';
    const ended = await (isBroken ? begin() : goOn(run.id));
    if (ended.status === 'finished' || stop.aborted) return undefined;
    throw failure('run-not-finished', `The run ${ended.id} is ${ended.status}.`);
  } catch (error) {
    if (stop.aborted || !(error instanceof AppError)) throw error;
    // A training of its own may diverge; what can't be begun at all concerns all of them.
    const made = library.studies.links(id).find(({ key }) => key === planned.key);
    if (made === undefined) throw error;
    return `${planned.key}: ${error.message}`;
  }
}

/** @throws inputError `no-such-study` */
export function findStudy({ library }: Pick<HostParts, 'library'>, reference: string): StudyDetail {
  const found = library.studies
    .list()
    .find(({ id }) => id === reference || id.endsWith(reference.toLowerCase()));
  if (found) return studyDetail({ library }, found.id);
  throw inputError('no-such-study', `There is no study "${reference}" in this library.`);
}
