// Writes a report into a folder in any of its forms. What the window exports and what the command makes
// are the same files.
import fs from 'node:fs';
import path from 'node:path';
import { failure, hasErrorCode } from '../../shared/errors.ts';
import type { ExportFormat, ReportDocument } from '../../shared/contract/app/reports.ts';
import { encodeMessage } from '../../shared/rpc/codec.ts';
import {
  BUNDLE_FORMAT,
  decisionsName,
  type BundledRun,
  type BundleManifest,
} from '../reports/bundle.ts';
import { comparisonOf } from '../reports/comparison.ts';
import { compose } from '../reports/compose.ts';
import { allRuns, type ReportData } from '../reports/report-data.ts';
import { runsCsv, tableCsv } from '../reports/csv.ts';
import { reportHtml, type CarriedNetwork } from '../reports/html.ts';
import { reportLatex } from '../reports/latex.ts';
import { reportMarkdown } from '../reports/markdown.ts';
import { decisionsFile } from '../data/decisions.ts';
import { proveIntact } from '../data/sealed-tensor-file.ts';
import { commands, specFiles } from '../reports/reproduction.ts';
import { writeZip, type ZipEntry } from '../reports/zip-writer.ts';
import type { Library } from '../store/library.ts';
import type { RunRecord } from '../store/run-record.ts';
import { bundledRun } from './bundled-run.ts';
import { readMistakes } from './mistake-file.ts';
import type { PrintPdf } from './print-pdf.ts';
import { gatherReport } from './report-data.ts';
import { seriesCsv } from './run-series.ts';
import { specOf } from './services/run-rows.ts';

export interface WriteOptions {
  readonly codeVersion: string;
  readonly printPdf: PrintPdf;
  readonly pageScript: () => string;
  readonly networkScript: () => string;
  /** A network of a run, for the page to carry. */
  readonly networkOf: (run: string) => Promise<CarriedNetwork>;
  readonly signal?: AbortSignal;
  readonly withCheckpoints?: boolean;
}

/** Returns the names of the files in the folder. */
export async function writeReport(
  library: Library,
  document: ReportDocument,
  format: ExportFormat,
  folder: string,
  options: WriteOptions,
): Promise<string[]> {
  const data = gatherReport(library, document, options.codeVersion);
  if (format === 'zip' && options.withCheckpoints === true) {
    for (const { run } of allRuns(data)) await requireWhole(library, run.id);
  }
  const writer = new ReportWriter(library, data, folder, options);
  try {
    fs.mkdirSync(folder, { recursive: true });
    await writer[format]();
  } catch (error) {
    const isOfFolder = FOLDER_ERRORS.some((code) => hasErrorCode(error, code));
    if (!isOfFolder) throw error;
    throw failure(
      'report-not-written',
      `The report can't be written to ${folder}. Choose another folder, or make room there.`,
      { path: folder, cause: error },
    );
  }
  return writer.written;
}

const FOLDER_ERRORS = ['ENOSPC', 'EACCES', 'EEXIST', 'ENOTDIR'] as const;

/** A method for each format. */
class ReportWriter implements Record<ExportFormat, () => void | Promise<void>> {
  readonly written: string[] = [];
  readonly #library: Library;
  readonly #data: ReportData;
  readonly #folder: string;
  readonly #options: WriteOptions;

  constructor(library: Library, data: ReportData, folder: string, options: WriteOptions) {
    this.#library = library;
    this.#data = data;
    this.#folder = folder;
    this.#options = options;
  }

  async html(): Promise<void> {
    this.#write('report.html', this.#page(await carriedNetworks(this.#data, this.#options)));
  }

  async pdf(): Promise<void> {
    const { printPdf, signal = new AbortController().signal } = this.#options;
    this.#write('report.pdf', await printPdf({ html: this.#page(), signal }));
  }

  md(): void {
    const files = reportMarkdown(this.#data, compose(this.#data));
    for (const { name, text } of [...files, ...this.#specs()]) this.#write(name, text);
  }

  tex(): void {
    this.#write('report.tex', reportLatex(this.#data, compose(this.#data)));
  }

  csv(): void {
    this.#write('table.csv', tableCsv(this.#data));
    this.#write('runs.csv', runsCsv(this.#data));
    for (const { run } of allRuns(this.#data)) {
      const series = this.#library.series.readAll(run.id);
      this.#write(`series/${run.id}.csv`, seriesCsv(this.#library.runs.get(run.id), series));
    }
  }

  async zip(): Promise<void> {
    const ids = allRuns(this.#data).map(({ run }) => run.id);
    await writeZip(path.join(this.#folder, 'report.zip'), [
      ...bundleEntries(this.#library, ids, this.#options),
      { name: 'report.json', text: JSON.stringify(this.#data.document, null, 2) },
      {
        name: 'report.html',
        text: this.#page(await carriedNetworks(this.#data, this.#options)),
      },
      ...this.#specs(),
    ]);
    this.written.push('report.zip');
  }

  #page(networks: ReadonlyMap<string, CarriedNetwork> = new Map()): string {
    const { pageScript, networkScript } = this.#options;
    return reportHtml(this.#data, compose(this.#data), {
      ...{ script: pageScript(), networks, networkScript },
    });
  }

  /** What it takes to train the runs again. */
  #specs(): { readonly name: string; readonly text: string }[] {
    const { groups } = comparisonOf(this.#data);
    return [
      ...specFiles(groups).map(({ name, text }) => ({ name: `specs/${name}`, text })),
      { name: 'specs/commands.sh', text: `${commands(groups)}\n` },
    ];
  }

  #write(name: string, content: string | Uint8Array): void {
    const file = path.join(this.#folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, content);
    this.written.push(name);
  }
}

/** Of the blocks that show one. */
async function carriedNetworks(
  data: ReportData,
  { networkOf }: Pick<WriteOptions, 'networkOf'>,
): Promise<ReadonlyMap<string, CarriedNetwork>> {
  const pieces = compose(data).flatMap((block) => block.pieces);
  const networks = new Map<string, CarriedNetwork>();
  for (const piece of pieces) {
    if (piece.kind !== 'network' || networks.has(piece.run)) continue;
    networks.set(piece.run, await networkOf(piece.run));
  }
  return networks;
}

/** A damaged file is not handed on. @throws failure `damaged-checkpoint` */
async function requireWhole(library: Library, id: string): Promise<void> {
  const { last, best } = library.runs.get(id).checkpoints;
  for (const facts of [last, best]) {
    if (facts === undefined) continue;
    const file = path.join(library.runFolder(id), facts.file);
    if (fs.existsSync(file)) await proveIntact(file, facts.sha256);
  }
}

/** Runs and their series, with or without checkpoints, as a bundle has them. */
export function bundleEntries(
  library: Library,
  ids: readonly string[],
  { codeVersion, withCheckpoints = false }: Pick<WriteOptions, 'codeVersion' | 'withCheckpoints'>,
): ZipEntry[] {
  const manifest: BundleManifest = {
    format: BUNDLE_FORMAT,
    kind: 'resnet-lab-bundle',
    codeVersion,
    writtenAt: new Date().toISOString(),
    runs: [...ids],
  };
  const runs = ids.flatMap((id): ZipEntry[] => {
    const record = library.runs.get(id);
    const folder = library.runFolder(id);
    const { last, best } = record.checkpoints;
    const files = (withCheckpoints ? [last, best] : []).flatMap((facts) =>
      facts && fs.existsSync(path.join(folder, facts.file)) ? [facts.file] : [],
    );
    const series = library.series.readAll(id).map((one) => ({ ...one, labels: [...one.labels] }));
    return [
      {
        name: `runs/${id}/run.json`,
        text: JSON.stringify(toBundled(library, record, withCheckpoints)),
      },
      { name: `runs/${id}/series.bin`, bytes: encodeMessage({ series }) },
      ...[...new Set(files)].map((file) => ({
        name: `runs/${id}/${file}`,
        file: path.join(folder, file),
      })),
    ];
  });
  return [
    { name: 'bundle.json', text: JSON.stringify(manifest, null, 2) },
    ...decisionEntries(library, ids),
    ...runs,
  ];
}

/** Which images the runs leave out, so that they are trained again on the same ones. */
function decisionEntries(library: Library, ids: readonly string[]): ZipEntry[] {
  const versions = new Set(
    ids.flatMap((id) => {
      const record = library.runs.get(id);
      return record.imported === null ? (specOf(record).data.decisions ?? []) : [];
    }),
  );
  return [...versions].flatMap((version) => {
    const file = decisionsFile(library.cacheFolder, version);
    return fs.existsSync(file) ? [{ name: decisionsName(version), file }] : [];
  });
}

function toBundled(library: Library, record: RunRecord, withCheckpoints: boolean): BundledRun {
  return {
    ...bundledRun(record, { withCheckpoints }),
    // Of an older checkpoint they would pass for the present one's where no checkpoint is beside them.
    mistakes: readMistakes(library, record) ?? null,
  };
}
