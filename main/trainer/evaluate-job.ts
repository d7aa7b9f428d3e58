// Evaluates a weight file on a split of a dataset. An autoencoder rebuilds images of any classes.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { inputError } from '../../shared/errors.ts';
import type { EvaluateJob, EvaluateResult } from '../../shared/contract/trainer.ts';
import { isAutoencoder } from '../../shared/spec/autoencoder.ts';
import { recordNetwork } from '../engine/network/network.ts';
import { OutputCollector } from '../data/split-outputs.ts';
import { buildPlan } from '../zoo/build-plan.ts';
import type { NetworkPlan } from '../zoo/plan.ts';
import { evaluateSplit } from './evaluation.ts';
import type { HostLink } from './host-link.ts';
import { inferenceOptions } from './network-options.ts';
import { prepareData } from './prepared-data.ts';
import { reportPreparing } from './preparing.ts';
import { readWeightFile } from './weight-file.ts';
import { openClassifier, openWeightSource, type WeightSource } from './weight-source.ts';

export async function runEvaluateJob(job: EvaluateJob, host: HostLink): Promise<EvaluateResult> {
  const weights = await openFor(job);
  const { state } = weights;
  const data = await prepareData({
    data: { ...job.data, imageSize: job.data.imageSize ?? squareSide(state?.input) },
    cacheFolder: job.cacheFolder,
    normalization:
      job.normalization ??
      (weights.normalization ? { kind: 'known', is: weights.normalization } : { kind: 'auto' }),
    splits: [job.split],
    onProgress: reportPreparing(host),
  });
  try {
    const { facts } = data;
    const tellsClasses = !isAutoencoder(weights.architecture);
    if (tellsClasses && facts.classes.length !== weights.classCount) {
      throw inputError(
        'class-mismatch',
        `${job.weights.file} tells ${weights.classCount} classes apart, but ${job.data.source} has ${facts.classes.length}.`,
        { path: job.data.source },
      );
    }
    if (tellsClasses && state && state.classes.join('\n') !== facts.classes.join('\n')) {
      throw inputError(
        'class-mismatch',
        `${job.data.source} has other classes than the network was trained on: ${facts.classes.slice(0, 5).join(', ')} instead of ${state.classes.slice(0, 5).join(', ')}.`,
        { path: job.data.source },
      );
    }
    const plan = buildPlan(weights.architecture, {
      input: facts.input,
      classes: facts.classes.length,
    });
    const testTimeFlip = job.testTimeFlip ?? state?.spec.recipe.testTimeFlip ?? false;
    const batch = Math.min(job.batch, data.split(job.split).count);
    const network = recordNetwork(
      inferenceOptions({
        ...{ plan, data, batch, testTimeFlip, precision: weights.precision },
        hasFeatures: job.outputs !== undefined,
      }),
      'evaluate',
    );
    try {
      network.writeWeights((await readWeightFile(weights.file, network.weights)).values);
      await data.load(network);
      const split = data.split(job.split);
      const outputs =
        job.outputs === undefined ? undefined : new OutputCollector(split, facts.classes);
      const evaluation = await evaluateSplit({
        network,
        data,
        split: job.split,
        batch,
        step: state?.step ?? 0,
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
        const fingerprint = data.dataset.fingerprint;
        await outputs.write(job.outputs, { step: state?.step ?? 0, fingerprint });
      }
      return { evaluation };
    } finally {
      network.dispose();
    }
  } finally {
    await data.dataset.close();
  }
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
