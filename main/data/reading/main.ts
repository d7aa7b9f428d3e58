// A reader process: started by path (reader-process.ts), reads one dataset, or curves, for its owner and ends with it.
import { failure } from '../../../shared/errors.ts';
import { processWire, type ProcessEnd } from '../../../shared/rpc/process-wire.ts';
import { serveContract } from '../../../shared/rpc/server.ts';
import { findCurveFiles, readCurveFile } from '../curve-files.ts';
import { readDatasetFile } from '../dataset-file.ts';
import { preparePack } from '../open.ts';
import { previewDataset } from '../preview.ts';
import type { Watch } from '../progress.ts';
import {
  READER_LIMIT_BYTES,
  READER_VERSION,
  readerContract,
  type ReaderEvent,
} from './reader-contract.ts';

const WORKING_REPORT_MS = 1000;
/** Of processor time between two reports; the timer alone takes less. */
const WORKING_MICROSECONDS = 20_000;

process.on('unhandledRejection', (reason) => {
  throw reason;
});
// Ctrl-C reaches every process of a terminal; the owner decides what it means.
process.on('SIGINT', () => undefined);
// Its owner is gone. Not `process.exit`, which waits for files that may never answer.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

if (process.send === undefined) {
  throw failure('no-owner', 'Readers are started by ResNet Lab itself.');
}

interface Call {
  readonly signal: AbortSignal;
  readonly emit: (event: ReaderEvent, options: { readonly latest: string }) => Promise<void>;
}

/** Reports progress, and each second whether the processor is at work rather than waiting for a file. */
async function withProgress<T>(
  { signal, emit }: Call,
  work: (watch: Watch) => Promise<T>,
): Promise<T> {
  let used = process.cpuUsage();
  const timer = setInterval(() => {
    const { user, system } = process.cpuUsage(used);
    if (user + system < WORKING_MICROSECONDS) return;
    used = process.cpuUsage();
    void emit({ kind: 'working' }, { latest: 'working' });
  }, WORKING_REPORT_MS);
  try {
    return await work({
      signal,
      onProgress: (progress) => void emit({ kind: 'progress', progress }, { latest: 'progress' }),
    });
  } finally {
    clearInterval(timer);
  }
}

serveContract(
  readerContract,
  {
    prepare: (opening, call) =>
      withProgress(call, (watch) => preparePack({ ...opening, ...watch })),
    preview: (opening, call) =>
      withProgress(call, async (watch) => {
        const overview = await previewDataset({ ...opening, ...watch });
        return overview === undefined ? {} : { overview };
      }),
    file: ({ source, file }, call) => withProgress(call, () => readDatasetFile(source, file)),
    findCurves: ({ source }, call) => withProgress(call, () => findCurveFiles(source)),
    curveFile: ({ file }, call) =>
      withProgress(call, async () => ({ bytes: await readCurveFile(file) })),
  },
  processWire(process as unknown as ProcessEnd),
  {
    version: READER_VERSION,
    limitBytes: READER_LIMIT_BYTES,
    // The answer says it.
    onInternalError: () => undefined,
  },
);
