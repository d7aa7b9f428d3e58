// The trainer process: started by path from the host, does its jobs, ends when the host lets go of it. It loads
// TensorFlow only after the host has said where it is. When the host goes away in the middle of a job it ends
// at once; its last checkpoint stands.
import { constants, setPriority } from 'node:os';
import { failure } from '../../shared/errors.ts';
import {
  TRAINER_LIMIT_BYTES,
  TRAINER_VERSION,
  trainerContract,
  type RuntimePlace,
  type TrainEvent,
} from '../../shared/contract/trainer.ts';
import type { SubscriptionContext } from '../../shared/rpc/contract-types.ts';
import { serveContract } from '../../shared/rpc/server.ts';
import { prepareProcess } from '../runtime/load.ts';
import { linkOf, type HostLink } from './host-link.ts';
import { openHostWire } from './host-wire.ts';

// Electron only warns of them; a training that lost track of something must not go on.
process.on('unhandledRejection', (reason) => {
  throw reason;
});

// Ctrl-C reaches every process of a terminal; the host decides what it means.
process.on('SIGINT', () => undefined);

const host = openHostWire();
if (host === undefined) {
  throw failure(
    'no-host',
    'The trainer is started by ResNet Lab itself; run `resnet-lab train` instead.',
  );
}

/** From the loop that does the steps: a native call that never returns silences it, and the host notices. */
const ALIVE_INTERVAL_MS = 1000;
let jobs = 0;
let isPrepared = false;

/** The modules of jobs load TensorFlow, so they must not be loaded any earlier. */
function serve<J, O>(work: (job: J, link: HostLink) => Promise<O>) {
  return async (
    { runtime, job }: { readonly runtime: RuntimePlace; readonly job: J },
    {
      emit,
      signal,
    }: Pick<SubscriptionContext<TrainEvent>, 'signal'> & {
      readonly emit: (event: never) => Promise<void>;
    },
  ): Promise<O> => {
    const context = { emit, signal } as Pick<SubscriptionContext<TrainEvent>, 'emit' | 'signal'>;
    const alive = setInterval(() => void context.emit({ kind: 'alive' }), ALIVE_INTERVAL_MS);
    jobs++;
    try {
      if (!isPrepared) prepareProcess(runtime);
      isPrepared = true;
      return await work(job, linkOf(context));
    } catch (error) {
      // The stack goes to the log, the sentence to the user.
      console.error(error);
      process.exitCode = 1;
      throw error;
    } finally {
      jobs--;
      clearInterval(alive);
    }
  };
}

/**
 * A training goes first; of a busy machine some is left, as somebody waits. Threads inherit it, so it comes
 * before TensorFlow makes its own.
 */
function yieldToTrainings(): void {
  setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
}

const connection = serveContract(
  trainerContract,
  {
    train: serve(async (job, link) => (await import('./train-job.ts')).runTrainJob(job, link)),
    evaluate: serve(async (job, link) =>
      (await import('./evaluate-job.ts')).runEvaluateJob(job, link),
    ),
    probe: serve(async (job, link) => (await import('./probe-job.ts')).runProbeJob(job, link)),
    export: serve(async (job, link) => (await import('./export-job.ts')).runExportJob(job, link)),
    predict: serve(async (job) => (await import('./predict-job.ts')).runPredictJob(job)),
    augment: serve(async (job, link) =>
      (await import('./augment-job.ts')).runAugmentJob(job, link),
    ),
    classify: serve(async (job) => {
      yieldToTrainings();
      return (await import('./classify-job.ts')).runClassifyJob(job);
    }),
    explain: serve(async (job, link) => {
      yieldToTrainings();
      return (await import('./explanation/explain-job.ts')).runExplainJob(job, link);
    }),
    preview: serve(async (job, link) => {
      yieldToTrainings();
      return (await import('./preview-job.ts')).runPreviewJob(job, link);
    }),
  },
  host.wire,
  {
    version: TRAINER_VERSION,
    limitBytes: TRAINER_LIMIT_BYTES,
    // It is in the log by now.
    onInternalError: () => undefined,
  },
);
connection.client.closed.addEventListener('abort', () => {
  // Without its host nobody could store what comes next, and nobody could stop it.
  if (jobs > 0) process.exit(3);
  if (host.mustExit) process.exit();
});
