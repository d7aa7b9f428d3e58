// Takes a bundle of another library in: its runs with their series, checkpoints that it holds, and the
// report. A run whose id is here already stays as it is. What is damaged adds nothing.
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { z } from 'zod';
import { parseBoundedJson } from '../../shared/bounded-json.ts';
import { messageOf } from '../../shared/errors.ts';
import { decodeMessage } from '../../shared/rpc/codec.ts';
import {
  BundledReport,
  BundledRun,
  BundledSeries,
  BundleManifest,
  decisionsName,
} from '../reports/bundle.ts';
import { adoptDecisions } from '../data/decisions.ts';
import { upgradeBundled, withBest, type BundledParts } from '../reports/upgrade-bundle.ts';
import { damagedBundle, openBundle, type BundleFile } from '../reports/zip-reader.ts';
import type { Library } from '../store/library.ts';

export interface Imported {
  /** The report's new id; null if the bundle has none. */
  readonly report: string | null;
  readonly added: string[];
  readonly known: string[];
}

export async function importBundle(library: Library, file: string): Promise<Imported> {
  const bundle = await openBundle(file);
  try {
    return await takeIn(library, bundle, file);
  } finally {
    bundle.close();
  }
}

async function takeIn(library: Library, bundle: BundleFile, file: string): Promise<Imported> {
  const manifest = await readAs(bundle, 'bundle.json', BundleManifest, file);
  const document = bundle.names.has('report.json')
    ? await readAs(bundle, 'report.json', BundledReport, file)
    : undefined;
  const added: string[] = [];
  const known: string[] = [];
  for (const id of manifest.runs) {
    if (library.runs.find(id)?.id === id) {
      known.push(id);
      continue;
    }
    const { run, series } = await readRun(bundle, id, manifest, file);
    const folder = library.runFolder(id);
    await takeDecisions(library, bundle, run);
    await extractCheckpoints(bundle, run, folder, file);
    library.transaction(() => {
      library.runs.adopt(run);
      library.series.append(id, series);
      const { status, step, totalSteps, epoch, elapsedMs, metrics, checkpoints } = run;
      const { stretches, history } = run;
      const { last, best } = checkpoints;
      library.runs.update(id, {
        ...{ status, step, totalSteps, epoch, elapsedMs, metrics, stretches, history },
        checkpoints: { ...(last ? { last } : {}), ...(best ? { best } : {}) },
        environment: run.environment,
      });
    });
    if (run.mistakes !== null && run.mistakes !== undefined) {
      await fs.writeFile(path.join(folder, 'mistakes.json'), JSON.stringify(run.mistakes));
    }
    added.push(id);
  }
  if (document === undefined) return { report: null, added, known };
  const report = newReportId();
  library.reports.save(report, document);
  return { report, added, known };
}

async function readRun(
  bundle: BundleFile,
  id: string,
  { format }: BundleManifest,
  file: string,
): Promise<BundledParts> {
  const run = await readAs(bundle, `runs/${id}/run.json`, BundledRun, file);
  if (run.id !== id) throw damagedBundle(file, `runs/${id}/run.json is about another run`);
  const bytes = await bundle.read(`runs/${id}/series.bin`);
  const parts = { run, series: parsed(decoded(bytes, file), BundledSeries, file).series };
  return withBest(format === 1 ? upgradeBundled(parts) : parts);
}

/** Bundles of before have none; the run then says so when it is trained again. */
async function takeDecisions(
  library: Library,
  bundle: BundleFile,
  { spec }: BundledRun,
): Promise<void> {
  const version = spec?.data.decisions;
  if (version === undefined || !bundle.names.has(decisionsName(version))) return;
  const text = new TextDecoder().decode(await bundle.read(decisionsName(version)));
  await adoptDecisions(library.cacheFolder, version, text);
}

export function newReportId(): string {
  return `p-${randomUUID().slice(0, 13)}`;
}

/** Written aside and checked, so that a damaged one is never taken for a checkpoint. */
async function extractCheckpoints(
  bundle: BundleFile,
  { id, checkpoints }: BundledRun,
  folder: string,
  file: string,
): Promise<void> {
  for (const facts of [checkpoints.last, checkpoints.best]) {
    if (facts === undefined) continue;
    await fs.mkdir(folder, { recursive: true });
    const target = path.join(folder, facts.file);
    const partial = `${target}.partial`;
    try {
      const content = await bundle.stream(`runs/${id}/${facts.file}`);
      await pipeline(content, createWriteStream(partial)).catch((error: unknown) => {
        // What the system says of the disk has a code of its own.
        throw hasSystemCode(error)
          ? error
          : damagedBundle(file, `the checkpoint ${facts.file} of ${id}: ${messageOf(error)}`);
      });
      const hash = createHash('sha256');
      await pipeline(createReadStream(partial), hash);
      if (hash.digest('hex') !== facts.sha256) {
        throw damagedBundle(file, `the checkpoint ${facts.file} of ${id} is not what it was`);
      }
      await fs.rename(partial, target);
    } finally {
      await fs.rm(partial, { force: true });
    }
  }
}

async function readAs<S extends z.ZodType>(
  bundle: BundleFile,
  name: string,
  schema: S,
  file: string,
): Promise<z.output<S>> {
  const text = new TextDecoder().decode(await bundle.read(name));
  let json: unknown;
  try {
    json = parseBoundedJson(text);
  } catch (error) {
    throw damagedBundle(file, `${name} is no JSON (${messageOf(error)})`);
  }
  return parsed(json, schema, file);
}

function parsed<S extends z.ZodType>(value: unknown, schema: S, file: string): z.output<S> {
  const found = schema.safeParse(value);
  if (found.success) return found.data;
  const [issue] = found.error.issues;
  throw damagedBundle(file, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}

function decoded(bytes: Uint8Array, file: string): unknown {
  try {
    return decodeMessage(bytes);
  } catch (error) {
    throw damagedBundle(file, messageOf(error));
  }
}

function hasSystemCode(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
