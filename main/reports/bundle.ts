// The form of a bundle: a zip with `bundle.json`, the report, and each run with its spec, facts and
// series, checkpoints on request. What another library takes in is parsed as strictly as any input.
//   bundle.json · report.json · runs/<id>/run.json · runs/<id>/series.bin · runs/<id>/<checkpoint>
// series.bin is a message of shared/rpc/codec: JSON beside its arrays as they are.
import { z } from 'zod';
import { ReportDocument } from '../../shared/contract/app/reports.ts';
import { RunStatus } from '../../shared/contract/app/runs.ts';
import { ImportedRun } from '../../shared/contract/imported-run.ts';
import { RunHistoryEntry } from '../../shared/contract/run-history.ts';
import { Stretch } from '../../shared/contract/run-clock.ts';
import { RunSpec } from '../../shared/spec/run.ts';

/** Format 1 counted the steps of points and evaluations from 0. */
export const BUNDLE_FORMAT = 2;

const safeId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/);

export const BundleManifest = z.object({
  format: z.union([z.literal(1), z.literal(BUNDLE_FORMAT)]),
  kind: z.literal('resnet-lab-bundle'),
  codeVersion: z.string(),
  writtenAt: z.string(),
  runs: z.array(safeId).max(200),
});

const checkpoint = z.object({
  step: z.int(),
  file: z.string().regex(/^[A-Za-z0-9][\w.-]{0,99}$/),
  sizeBytes: z.int(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

export const BundledRun = z.object({
  id: safeId,
  name: z.string().max(500),
  group: z.string().max(500).nullable(),
  architecture: z.string().max(500),
  seed: z.int(),
  status: RunStatus,
  createdAt: z.iso.datetime(),
  startedAt: z.iso.datetime().nullable(),
  finishedAt: z.iso.datetime().nullable(),
  /** Null for imported runs. */
  spec: RunSpec.nullable(),
  imported: ImportedRun.nullable().default(null),
  /** Which named recipe it came from; null where that is not known. */
  recipeOrigin: z.unknown().default(null),
  dataName: z.string().max(500),
  dataFingerprint: z.string().max(200),
  /** 0: not known, of imported runs. */
  classCount: z.int().min(0),
  codeVersion: z.string().max(200),
  environment: z.record(z.string(), z.unknown()),
  step: z.int().min(0),
  totalSteps: z.int().min(0),
  epoch: z.number(),
  elapsedMs: z.number(),
  /** When it trained; bundles of before this was kept do not say. */
  stretches: z.array(Stretch).default([]),
  history: z.array(RunHistoryEntry).max(1000).default([]),
  metrics: z.record(z.string(), z.number().nullable()),
  /** Empty unless the bundle holds the files. */
  checkpoints: z.object({ last: checkpoint.optional(), best: checkpoint.optional() }),
  notes: z.string().max(200_000),
  tags: z.array(z.string().max(100)).max(100),
  /** What the best checkpoint gets wrong, if that was computed. */
  mistakes: z.unknown(),
});

export const BundledSeries = z.object({
  series: z.array(
    z.object({
      name: z.string().min(1).max(300),
      width: z.int().positive(),
      labels: z.array(z.string()),
      unit: z.string(),
      steps: z.instanceof(Int32Array),
      elapsedMs: z.instanceof(Float64Array),
      values: z.instanceof(Float32Array),
    }),
  ),
});

export const BundledReport = ReportDocument;

export type BundledRun = z.output<typeof BundledRun>;
export type BundleManifest = z.output<typeof BundleManifest>;
export type BundledSeries = z.output<typeof BundledSeries>;

/** Where a bundle holds a version of what its runs leave out of their data. */
export function decisionsName(version: string): string {
  return `decisions/${version}.json`;
}
