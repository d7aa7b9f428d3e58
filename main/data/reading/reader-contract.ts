// What a reader process does for its owner, as a contract of shared/rpc: everything that touches the files of a
// dataset or of another tracker, so that a folder that never answers blocks no other process.
import { z } from 'zod';
import { job } from '../../../shared/rpc/definition.ts';
import type { CurveFiles } from '../curve-files.ts';
import type { DatasetFile } from '../dataset-file.ts';
import type { OpenOptions, PreparedPack } from '../open.ts';
import type { DatasetOverview } from '../preview.ts';
import type { DataProgress } from '../progress.ts';

/** What crosses of the options; the rest are functions. */
export type Opening = Omit<OpenOptions, 'onProgress' | 'signal'>;

/** Both ends are one program and its owner has parsed what a user gave: only that something came is checked. */
function ours<T>() {
  return z.custom<T>((value) => typeof value === 'object' && value !== null);
}

const ReaderEvent = z.union([
  z.object({ kind: z.literal('progress'), progress: ours<DataProgress>() }),
  /** Nothing to show, but it computes. */
  z.object({ kind: z.literal('working') }),
]);
export type ReaderEvent = z.output<typeof ReaderEvent>;

export const READER_VERSION = 1;
/** An image file, or the problems of a folder of millions. */
export const READER_LIMIT_BYTES = 2 ** 30;

export const readerContract = {
  prepare: job(ours<Opening>(), ReaderEvent, ours<PreparedPack>()),
  preview: job(
    ours<Opening>(),
    ReaderEvent,
    z.object({ overview: ours<DatasetOverview>().optional() }),
  ),
  file: job(z.object({ source: z.string(), file: z.string() }), ReaderEvent, ours<DatasetFile>()),
  findCurves: job(z.object({ source: z.string() }), ReaderEvent, ours<CurveFiles>()),
  curveFile: job(
    z.object({ file: z.string() }),
    ReaderEvent,
    z.object({ bytes: ours<Uint8Array>() }),
  ),
} as const;

export type ReaderContract = typeof readerContract;
