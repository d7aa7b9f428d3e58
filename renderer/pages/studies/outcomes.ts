// Words for verdicts and for how far a study is. Pure.
import type { Outcome } from '../../../shared/contract/findings.ts';
import type { StudyDetail, StudyStatus } from '../../../shared/contract/studies.ts';

export const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  reproduced: 'Reproduced',
  'not-reproduced': 'Not reproduced',
  inconclusive: 'Inconclusive',
};

export const STUDY_WORDS: Readonly<Record<StudyStatus, string>> = {
  running: 'Running',
  paused: 'Paused',
  finished: 'Finished',
  failed: 'Failed',
};

/** 0 … 1: trainings count by their steps, a measurement as half a training. */
export function studyFraction({ runs, probes }: Pick<StudyDetail, 'runs' | 'probes'>): number {
  const total = runs.length + 0.5 * probes.length;
  if (total === 0) return 1;
  const trained = runs.reduce(
    (sum, { status, fraction }) => sum + (status === 'finished' ? 1 : fraction),
    0,
  );
  const measured = probes.filter(({ status }) => status === 'done').length;
  return (trained + 0.5 * measured) / total;
}
