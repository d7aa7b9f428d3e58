// The trainer process: started by path from the host, does one job, ends. It loads TensorFlow only
// after the host has said where it is.
import { constants, setPriority } from 'node:os';
import { toErrorDocument } from '../../shared/errors.ts';
import { prepareProcess } from '../runtime/load.ts';
import { connectToHost } from './host-link.ts';

// Electron only warns of them; a training that lost track of something must not go on.
process.on('unhandledRejection', (reason) => {
  throw reason;
});

const host = connectToHost();

// Ctrl-C reaches every process of a terminal; the host decides what it means.
process.on('SIGINT', () => undefined);

// From the loop that does the steps: a native call that never returns silences it, and the host notices.
const ALIVE_INTERVAL_MS = 1000;
const alive = setInterval(() => {
  // A host that is gone ends this process.
  host.send({ kind: 'alive' }).catch(() => undefined);
}, ALIVE_INTERVAL_MS);

try {
  const { runtime, job } = await host.start();
  prepareProcess(runtime);
  // Loading these modules loads TensorFlow, so it must not happen any earlier.
  switch (job.kind) {
    case 'train': {
      const { runTrainJob } = await import('./train-job.ts');
      await runTrainJob(job, host);
      break;
    }
    case 'evaluate': {
      const { runEvaluateJob } = await import('./evaluate-job.ts');
      await runEvaluateJob(job, host);
      break;
    }
    case 'probe': {
      const { runProbeJob } = await import('./probe-job.ts');
      await runProbeJob(job, host);
      break;
    }
    case 'export': {
      const { runExportJob } = await import('./export-job.ts');
      await runExportJob(job, host);
      break;
    }
    case 'augment': {
      const { runAugmentJob } = await import('./augment-job.ts');
      await runAugmentJob(job, host);
      break;
    }
    case 'preview': {
      // A training goes first; of a busy machine some is left, as somebody waits. Threads inherit it, so
      // it comes before TensorFlow makes its own.
      setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
      const { runPreviewJob } = await import('./preview-job.ts');
      await runPreviewJob(job, host);
      break;
    }
    case 'predict': {
      const { runPredictJob } = await import('./predict-job.ts');
      await runPredictJob(job, host);
      break;
    }
  }
} catch (error) {
  // The stack goes to the log, the sentence to the user.
  console.error(error);
  process.exitCode = 1;
  await host.send({ kind: 'failed', error: toErrorDocument(error) });
}
clearInterval(alive);
host.close();
