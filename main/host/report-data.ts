// Gathers what a report is written from. Queries only.
import type { ReportDocument } from '../../shared/contract/app/reports.ts';
import type { NetworkOutline } from '../../shared/contract/app/zoo.ts';
import { LAST_POINTS } from '../reports/compose.ts';
import type { ReportData } from '../reports/report-data.ts';
import { DataFacts } from '../../shared/contract/trainer.ts';
import type { Library } from '../store/library.ts';
import { buildPlan } from '../zoo/build-plan.ts';
import { compareRuns } from './compared-runs.ts';
import { decimate } from './services/decimate.ts';
import { asObject } from './services/run-rows.ts';
import { outlineOf } from './services/zoo.ts';

export function gatherReport(
  library: Library,
  document: ReportDocument,
  codeVersion: string,
): ReportData {
  const ids = document.runs.map(({ id }) => id);
  const { runs, missing } = compareRuns(library, ids, { lastK: LAST_POINTS });
  return {
    document,
    runs,
    missing,
    series: (id, name, maxPoints) => {
      const series = library.series.read(id, name);
      return series === undefined ? undefined : decimate(series, maxPoints);
    },
    outline: ({ run, spec }) => outlineFor(library, run, spec.architecture),
    writtenAt: new Date().toISOString(),
    codeVersion,
  };
}

function outlineFor(
  library: Library,
  run: ReportData['runs'][number]['run'],
  architecture: ReportData['runs'][number]['spec']['architecture'],
): NetworkOutline | undefined {
  const environment = asObject(library.runs.find(run.id)?.environment);
  const data = DataFacts.safeParse(environment['data']).data;
  const input = data?.input ?? library.datasets.find(run.dataFingerprint)?.shape;
  if (!input) return undefined;
  try {
    return outlineOf(buildPlan(architecture, { input, classes: run.classCount }));
  } catch {
    return undefined; // of another version; the text says what is known of it
  }
}
