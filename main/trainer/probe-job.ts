// Measures a trained or untrained network; what is measured and how is in main/studies.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { inputError } from '../../shared/errors.ts';
import type { ProbeJob, ProbeResult } from '../../shared/contract/trainer.ts';
import { isAutoencoder } from '../../shared/spec/autoencoder.ts';
import { initialWeights } from '../engine/network/initialize.ts';
import { runProbe } from '../studies/probe/run-probe.ts';
import type { ProbedNetwork, ProbeImages, SplitName } from '../studies/probe/context.ts';
import { buildPlan } from '../zoo/build-plan.ts';
import { weightsOf } from '../zoo/parameters.ts';
import type { HostLink } from './host-link.ts';
import { prepareData, type PreparedData } from './prepared-data.ts';
import { reportPreparing } from './preparing.ts';
import { readWeightFile } from './weight-file.ts';
import { openWeightSource, type WeightSource } from './weight-source.ts';

export async function runProbeJob(job: ProbeJob, host: HostLink): Promise<ProbeResult> {
  const weights =
    job.network.kind === 'weights' ? await openWeightSource(job.network.weights) : undefined;
  const known = weights?.normalization;
  const data = await prepareData({
    // As the run read it: naming a side would make images square that were not.
    data: job.data,
    cacheFolder: job.cacheFolder,
    normalization: known
      ? { kind: 'known', is: known }
      : job.network.kind === 'initial'
        ? job.network.normalization
        : { kind: 'auto' },
    // Images are handed over batch by batch: a probe picks them itself.
    splits: [],
    onProgress: reportPreparing(host),
  });
  try {
    const values = await runProbe(
      {
        ...(weights ? await trained(weights, data) : initial(job, data)),
        seed: job.seed,
        classNames: data.facts.classes,
        other: job.other && (await trained(await openWeightSource(job.other), data)),
        images: (split) => imagesOf(data, split),
        report: async (message, fraction) => {
          await host.send({ kind: 'preparing', message, fraction: Math.min(1, fraction) });
          await nextTurn();
          if (host.stopRequested) throw inputError('stopped', 'The probe was stopped.');
        },
      },
      job.probe,
    );
    return { dataFingerprint: data.facts.fingerprint, values };
  } finally {
    await data.dataset.close();
  }
}

async function trained(weights: WeightSource, data: PreparedData): Promise<ProbedNetwork> {
  const { classes, input } = data.facts;
  if (!isAutoencoder(weights.architecture) && weights.classCount !== classes.length) {
    throw inputError(
      'class-mismatch',
      `${weights.file} tells ${weights.classCount} classes apart, but the data has ${classes.length}.`,
      { path: weights.file },
    );
  }
  const plan = buildPlan(weights.architecture, { input, classes: classes.length });
  return {
    plan,
    weights: (await readWeightFile(weights.file, weightsOf(plan))).values,
    normalization: weights.normalization ?? data.normalization,
  };
}

function initial({ network, seed }: ProbeJob, data: PreparedData): ProbedNetwork {
  if (network.kind !== 'initial') throw new Error('The network has weights of its own.');
  const { classes, input } = data.facts;
  const plan = buildPlan(network.architecture, { input, classes: classes.length });
  return { plan, weights: initialWeights(plan, seed), normalization: data.normalization };
}

/** A named split; else validation, test or training images, whichever there are first. */
function imagesOf(data: PreparedData, wanted: SplitName | undefined): ProbeImages {
  const names: readonly SplitName[] = ['val', 'test', 'train'];
  const present = names.find((name) => (data.dataset.splits[name]?.count ?? 0) > 0);
  const split = data.split(wanted ?? present ?? 'train');
  return {
    split: split.name,
    count: split.count,
    labels: split.labels,
    read: async (rows) => {
      const images = new Uint8Array(rows.length * split.rowBytes);
      await split.readRows(rows, images);
      return images;
    },
  };
}
