// A report from the command line: of runs, of a group, or one that was composed in the window.
import fs from 'node:fs';
import path from 'node:path';
import { verdictsOf } from '../../shared/compare/verdict.ts';
import { ReportDocument, type ExportFormat } from '../../shared/contract/app/reports.ts';
import { inputError } from '../../shared/errors.ts';
import { comparisonOf } from '../reports/comparison.ts';
import type { Library } from '../store/library.ts';
import { carriedNetwork } from './carried-network.ts';
import { compareRuns } from './compared-runs.ts';
import { draftReport } from './draft-report.ts';
import type { HostParts } from './host-parts.ts';
import { gatherReport } from './report-data.ts';
import { writeReport } from './write-report.ts';

export interface MakeOptions {
  readonly references: readonly string[];
  readonly group?: string | undefined;
  readonly formats: readonly ExportFormat[];
  readonly folder: string;
  readonly title?: string | undefined;
  readonly study?: string | undefined;
  readonly withCheckpoints: boolean;
  readonly onFormat: (format: ExportFormat) => void;
}

export interface MadeReport {
  readonly runs: readonly string[];
  readonly files: readonly { readonly name: string; readonly sizeBytes: number }[];
  readonly verdicts: readonly string[];
}

export async function makeReport(parts: HostParts, options: MakeOptions): Promise<MadeReport> {
  const { library, codeVersion, printPdf, pageScript, networkScript } = parts;
  const { folder, formats, withCheckpoints, onFormat } = options;
  const document = documentFor(library, options);
  const names: string[] = [];
  for (const format of formats) {
    onFormat(format);
    const networkOf = (run: string) => carriedNetwork(parts, run, {});
    const pages = { printPdf, pageScript, networkScript, networkOf };
    const write = { codeVersion, ...pages, withCheckpoints };
    names.push(...(await writeReport(library, document, format, folder, write)));
  }
  const { groups, baselineKey, measure, study } = comparisonOf(
    gatherReport(library, document, codeVersion),
  );
  return {
    runs: document.runs.map(({ id }) => id),
    files: names.map((name) => ({ name, sizeBytes: fs.statSync(path.join(folder, name)).size })),
    verdicts: verdictsOf(groups, baselineKey, { measure, study }).map(({ sentence }) => sentence),
  };
}

function documentFor(library: Library, options: MakeOptions): ReportDocument {
  const { references, group, title, study } = options;
  const [first] = references;
  if (references.length === 1 && first?.startsWith('p-') === true) {
    const document = ReportDocument.parse(library.reports.get(first).document);
    return {
      ...document,
      ...(title === undefined ? {} : { title }),
      ...(study === undefined ? {} : { study }),
    };
  }
  const ids = [
    ...references.map((reference) => library.runs.get(reference).id),
    ...(group === undefined
      ? []
      : library.runs
          .list({ group })
          .runs.map(({ id }) => id)
          .reverse()),
  ];
  const { runs } = compareRuns(library, ids, { lastK: 5 });
  if (runs.length > 0) return draftReport(runs, { title, study });
  if (ids.length > 0) {
    throw inputError(
      'no-comparable-runs',
      `${ids.join(', ')}: the settings were written by another version of ResNet Lab and can't be read, so there is nothing to compare. Choose other runs.`,
    );
  }
  throw inputError(
    'no-runs',
    group === undefined
      ? 'A report needs runs: give their ids, or --group. `resnet-lab runs list` shows what there is.'
      : `There are no runs in the group "${group}". \`resnet-lab runs list\` shows what there is.`,
  );
}
