// Evaluates a weight file on a split of a dataset. An autoencoder rebuilds images of any classes.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { inputError } from '../../shared/errors.ts';
import type { EvaluateJob, EvaluateResult } from '../../shared/contract/trainer.ts';
import { isAutoencoder } from '../../shared/spec/autoencoder.ts';
import { recordNetwork, type Network } from '../engine/network/network.ts';
import { OutputCollector } from '../data/split-outputs.ts';
import { buildPlan } from '../zoo/build-plan.ts';
import type { NetworkPlan } from '../zoo/plan.ts';
import { evaluateSplit } from './evaluation.ts';
import type { HostLink } from './host-link.ts';
import { inferenceOptions } from './network-options.ts';
import { prepareData, type PreparedData } from './prepared-data.ts';
import { reportPreparing } from './preparing.ts';
import { readWeightFile } from './weight-file.ts';
import { openClassifier, openWeightSource, type WeightSource } from './weight-source.ts';

export async function runEvaluateJob(job: EvaluateJob, host: HostLink): Promise<EvaluateResult> {
  const weights = await openFor(job);
  const data = await prepareData({
    data: { ...job.data, imageSize: job.data.imageSize ?? squareSide(weights.state?.input) },
    cacheFolder: job.cacheFolder,
    normalization:
      job.normalization ??
      (weights.normalization ? { kind: 'known', is: weights.normalization } : { kind: 'auto' }),
    splits: [job.split],
    onProgress: reportPreparing(host),
  });
  try {
    requireSameClasses(job, weights, data.facts.classes);
    const batch = Math.min(job.batch, data.split(job.split).count);
    const network = recordEvaluation(job, weights, data, batch);
    try {
      network.writeWeights((await readWeightFile(weights.file, network.weights)).values);
      await data.load(network);
      return { evaluation: await evaluate({ job, host, network, data, batch, weights }) };
    } finally {
      network.dispose();
    }
  } finally {
    await data.dataset.close();
  }
}

/** @throws inputError `class-mismatch` */
function requireSameClasses(
  { weights: { file }, data: { source } }: EvaluateJob,
  { architecture, classCount, state }: WeightSource,
  classes: readonly string[],
): void {
  if (isAutoencoder(architecture)) return;
  if (classes.length !== classCount) {
    throw inputError(
      'class-mismatch',
      `${file} tells ${classCount} classes apart, but ${source} has ${classes.length}.`,
      { path: source },
    );
  }
  if (state && state.classes.join('\n') !== classes.join('\n')) {
    throw inputError(
      'class-mismatch',
      `${source} has other classes than the network was trained on: ${classes.slice(0, 5).join(', ')} instead of ${state.classes.slice(0, 5).join(', ')}.`,
      { path: source },
    );
  }
}

function recordEvaluation(
  job: EvaluateJob,
  { architecture, precision, state }: WeightSource,
  data: PreparedData,
  batch: number,
): Network {
  const { input, classes } = data.facts;
  const plan = buildPlan(architecture, { input, classes: classes.length });
  const testTimeFlip = job.testTimeFlip ?? state?.spec.recipe.testTimeFlip ?? false;
  return recordNetwork(
    inferenceOptions({
      ...{ plan, data, batch, testTimeFlip, precision },
      hasFeatures: job.outputs !== undefined,
    }),
    'evaluate',
  );
}

/** Also writes what the network says of every example, where that is asked for. */
async function evaluate(given: {
  readonly job: EvaluateJob;
  readonly host: HostLink;
  readonly network: Network;
  readonly data: PreparedData;
  readonly batch: number;
  readonly weights: WeightSource;
}): Promise<EvaluateResult['evaluation']> {
  const { job, host, network, data, batch, weights } = given;
  const step = weights.state?.step ?? 0;
  const outputs =
    job.outputs === undefined
      ? undefined
      : new OutputCollector(data.split(job.split), data.facts.classes);
  const evaluation = await evaluateSplit({
    ...{ network, data, split: job.split, batch, step },
    perClass: true,
    features: outputs !== undefined,
    onExample: (row, _label, logits, features) => outputs?.add(row, logits, features),
    betweenBatches: async (done, total) => {
      await host.send({
        kind: 'preparing',
        message: `Evaluating ${done} of ${total} images`,
        fraction: done / total,
      });
      await nextTurn();
      if (host.stopRequested) throw inputError('stopped', 'The evaluation was stopped.');
    },
  });
  if (outputs !== undefined && job.outputs !== undefined) {
    await outputs.write(job.outputs, { step, fingerprint: data.dataset.fingerprint });
  }
  return evaluation;
}

/** What is told of single examples is told of classes. */
function openFor({ weights, outputs }: EvaluateJob): Promise<WeightSource> {
  if (outputs !== undefined) return openClassifier(weights, 'What is told of every image');
  return openWeightSource(weights);
}

/** The size that other images are brought to; images that are not square have to have the network's size. */
function squareSide(
  input: Pick<NetworkPlan['input'], 'height' | 'width'> | undefined,
): number | undefined {
  return input?.height === input?.width ? input?.height : undefined;
}
