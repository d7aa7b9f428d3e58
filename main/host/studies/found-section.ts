// What a study or a probe found, for a report.
import type { ProbeResult } from '../../../shared/contract/probes.ts';
import { AppError } from '../../../shared/errors.ts';
import type { FindingBlock, FoundSection } from '../../reports/report-data.ts';
import type { Library } from '../../store/library.ts';
import { findingOf, MEASUREMENTS } from '../../studies/measurements.ts';
import { judgedCheckpoint } from '../mistake-file.ts';
import { listProbes } from '../probe-files.ts';
import { foundSoFar, openStudy } from './kept-study.ts';

type ProbeOf = Extract<FindingBlock['of'], { kind: 'probe' }>;

export function findSection(library: Library, { of }: FindingBlock): FoundSection | undefined {
  try {
    return of.kind === 'study' ? ofStudy(library, of.study) : ofProbe(library, of);
  } catch (error) {
    // Deleted, or of another version: the report says so.
    if (error instanceof AppError) return undefined;
    throw error;
  }
}

function ofStudy(library: Library, id: string): FoundSection {
  const kept = openStudy(library, id);
  const { study, plan } = kept;
  const { verdict, ...finding } = study.summarize(plan, foundSoFar({ library }, kept));
  const { preset, data } = kept.kept.setting;
  return {
    title: study.question,
    source: `${study.paper}, arXiv ${study.arxiv}; ${preset} preset on ${data.source}, study ${id}.`,
    claim: study.claim,
    verdict,
    finding,
  };
}

/** The very measurement that was chosen; else that of the best checkpoint, else the newest. */
function ofProbe(library: Library, of: ProbeOf): FoundSection | undefined {
  const run = library.runs.get(of.run);
  const judged = judgedCheckpoint(run);
  const isJudged = ({ checkpoint }: ProbeResult): boolean =>
    checkpoint !== null && checkpoint.sha256 === judged?.sha256;
  const results = listProbes(library, run.id).filter(({ values }) => values.kind === of.probe);
  const result =
    of.at === undefined
      ? (results.find(isJudged) ?? results[0])
      : results.find(({ at }) => at === of.at);
  const about = MEASUREMENTS.find((known) => known.kind === of.probe);
  if (!result || !about) return undefined;
  const weights =
    result.checkpoint === null
      ? 'starting weights'
      : isJudged(result)
        ? `best checkpoint (step ${result.checkpoint.step})`
        : `step ${result.checkpoint.step}, which is not the best checkpoint`;
  return {
    title: `${about.title}: ${about.question}`,
    source: `${about.paper}; run ${run.id}, ${weights}, data ${result.dataFingerprint.slice(0, 12)}.`,
    claim: undefined,
    verdict: undefined,
    finding: findingOf(result.values),
  };
}
