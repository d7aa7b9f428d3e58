// Gathers what a report is written from. Queries only.
import { z } from 'zod';
import { giveColours, RUN_COLOURS, type RunColours } from '../../shared/compare/run-looks.ts';
import type { ReportDocument } from '../../shared/contract/app/reports.ts';
import type { NetworkOutline } from '../../shared/contract/app/zoo.ts';
import { markedRuns } from '../reports/cited-runs.ts';
import type { ReportData } from '../reports/report-data.ts';
import type { ArchitectureSpec } from '../../shared/spec/architecture.ts';
import type { Library } from '../store/library.ts';
import { readCalibration } from './calibration-file.ts';
import { networkToTry } from './carried-network.ts';
import { compareRuns } from './compared-runs.ts';
import { curveReaderOf } from './curve-reader.ts';
import { findSection } from './studies/found-section.ts';
import { readMistakes } from './mistake-file.ts';
import { planOfRun } from './run-plan.ts';
import { thinnedSeries } from './run-series.ts';
import { readSettings } from './services/system.ts';
import { outlineOf } from './services/zoo.ts';

export function gatherReport(
  library: Library,
  document: ReportDocument,
  codeVersion: string,
): ReportData {
  const own = new Set(document.runs.map(({ id }) => id));
  const all = markedRuns(document).map(({ id }) => id);
  // Means of last points are all that depends on how many those are.
  const gathered = new Map<number, ReturnType<typeof compareRuns>>();
  const gather = (lastK: number): ReturnType<typeof compareRuns> => {
    const known = gathered.get(lastK) ?? compareRuns(library, all, { lastK });
    gathered.set(lastK, known);
    return known;
  };
  const { runs, missing } = gather(document.lastK);
  return {
    document,
    runs: runs.filter(({ run }) => own.has(run.id)),
    others: runs.filter(({ run }) => !own.has(run.id)),
    missing,
    compared: (ids, lastK) => {
      const known = new Map(gather(lastK).runs.map((run) => [run.run.id, run]));
      return ids.flatMap((id) => known.get(id) ?? []);
    },
    series: (id, name, maxPoints) => {
      if (missing.includes(id)) return undefined;
      const series = library.series.read(id, name);
      return series && thinnedSeries(series, maxPoints);
    },
    curve: (request) => {
      const runs = request.runs.filter((id) => !missing.includes(id));
      return runs.length === 0 ? null : curveReaderOf(library).read({ ...request, runs });
    },
    confusion: (id) => {
      const run = missing.includes(id) ? undefined : library.runs.find(id);
      const facts = run && readMistakes(library, run)?.facts;
      return facts && { classes: facts.classes, counts: facts.confusion };
    },
    calibration: (id) => {
      const run = missing.includes(id) ? undefined : library.runs.find(id);
      return run && readCalibration(library, run);
    },
    network: (id) => (missing.includes(id) ? undefined : networkToTry(library, id)),
    finding: (block) => findSection(library, block),
    outline: ({ run, spec }) => (spec ? outlineFor(library, run, spec.architecture) : undefined),
    colours: coloursOf(library),
    writtenAt: new Date().toISOString(),
    codeVersion,
  };
}

/** Those that pages have given out, and those that the next page would give to the rest. */
function coloursOf(library: Library): RunColours {
  const known = SavedColours.safeParse(readSettings(library).views[RUN_COLOURS]).data ?? {};
  const { runs } = library.runs.list();
  return giveColours(
    known,
    runs.toSorted((a, b) => (a.createdAt < b.createdAt ? -1 : 1)),
  );
}

const SavedColours = z.record(z.string(), z.int().nonnegative());

function outlineFor(
  library: Library,
  run: ReportData['runs'][number]['run'],
  architecture: ArchitectureSpec,
): NetworkOutline | undefined {
  const plan = planOfRun(library, run, architecture);
  return plan && outlineOf(plan);
}
