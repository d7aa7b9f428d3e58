// What a study or a probe found, for a report.
import { AppError } from '../../../shared/errors.ts';
import type { FindingBlock, FoundSection } from '../../reports/report-data.ts';
import type { Library } from '../../store/library.ts';
import { findingOf, MEASUREMENTS } from '../../studies/measurements.ts';
import { listProbes } from '../probe-files.ts';
import { foundSoFar, openStudy } from './kept-study.ts';

export function findSection(library: Library, { of }: FindingBlock): FoundSection | undefined {
  try {
    return of.kind === 'study' ? ofStudy(library, of.study) : ofProbe(library, of.run, of.probe);
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

function ofProbe(library: Library, run: string, kind: string): FoundSection | undefined {
  const result = listProbes(library, library.runs.get(run).id).find(
    ({ values }) => values.kind === kind,
  );
  const about = MEASUREMENTS.find((known) => known.kind === kind);
  if (!result || !about) return undefined;
  const at = result.checkpoint === null ? 'starting weights' : `step ${result.checkpoint.step}`;
  return {
    title: `${about.title}: ${about.question}`,
    source: `${about.paper}; run ${run}, ${at}, data ${result.dataFingerprint.slice(0, 12)}.`,
    claim: undefined,
    verdict: undefined,
    finding: findingOf(result.values),
  };
}
