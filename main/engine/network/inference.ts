// The functions of a network program that change nothing: evaluation of a batch, and bare logits.
import type { NetworkPlan } from '../../zoo/plan.ts';
import { crossEntropy, isCorrect, isInTop, smoothedTargets } from '../ops/classification.ts';
import { normalize } from '../ops/input.ts';
import type { FunctionInputs, FunctionResult, ProgramFunction } from '../recording/program.ts';
import { tf, type Tensor } from '../tensorflow/library.ts';
import { negativeElbo, pixelsOf } from './elbo.ts';
import { forward } from './forward.ts';
import { onEachReplica } from './replicas.ts';
import { averageName, dataFeeds, examples, type NetworkProgramOptions } from './steps.ts';

/**
 * Outputs of `evaluate`, of the averaged weights where there are any: `totals` [3] = summed loss, top-1 and top-5 hits over examples whose
 * `valid` is 1 (a last, short batch is filled up with examples that are not), or of an autoencoder summed loss,
 * reconstruction and divergence; `logits` [N, K], which an autoencoder has none of; `features` [N, D] where they
 * are asked for: the input of the last layer.
 */
export function evaluateFunction(options: NetworkProgramOptions): ProgramFunction {
  const { plan, batch } = options;
  return {
    name: 'evaluate',
    feeds: [
      ...dataFeeds(options),
      { name: 'valid', type: 'float32', shape: [batch] },
      { name: 'gates', type: 'float32', shape: [plan.blocks.length] },
    ],
    body: (inputs): FunctionResult => {
      const parts = onEachReplica(options, inputs, (own) => evaluated(options, own));
      const [first] = parts;
      if (parts.length === 1) return { outputs: first };
      const joined = Object.keys(first).map((name): [string, Tensor] => {
        const each = parts.map((outputs) => outputs[name]).filter((tensor) => tensor !== undefined);
        return [name, name === 'totals' ? tf.sum(tf.stack(each), 0) : tf.concat(each, 0)];
      });
      return { outputs: Object.fromEntries(joined) };
    },
  };
}

/** The outputs of `evaluate`, of one replica's examples. */
function evaluated(
  options: NetworkProgramOptions,
  inputs: FunctionInputs,
): Readonly<Record<string, Tensor>> {
  const { plan } = options;
  const { images, labels } = examples(inputs, options.data);
  const x = normalize(images, options.normalization);
  if (plan.decoder) return { totals: elboTotals(options, inputs, x) };
  const { logits, features } = inferred(x, {
    plan,
    testTimeFlip: options.testTimeFlip === true,
    weight: (name) => inputs.state(options.averaging === true ? averageName(name) : name),
    gates: inputs.feed('gates'),
  });
  const valid = inputs.feed('valid');
  const inTop = isInTop(Math.min(5, plan.classes), logits, labels);
  const total = (each: Tensor): Tensor => tf.sum(tf.mul(each, valid));
  return {
    totals: tf.stack([
      total(crossEntropy(logits, smoothedTargets(labels, plan.classes, 0))),
      // The largest of logits that are not finite is said to be class 0; none of them is in a top.
      total(tf.mul(isCorrect(logits, labels), inTop)),
      total(inTop),
    ]),
    logits,
    ...(options.hasFeatures === true ? { features } : {}),
  };
}

/** Every evaluation draws the same noise: what changes from one to the next is the network. */
const EVALUATION_SEED = [0, 0];

/** [3]: summed loss, reconstruction and divergence of the valid examples. */
function elboTotals(options: NetworkProgramOptions, inputs: FunctionInputs, x: Tensor): Tensor {
  const { plan, normalization, averaging } = options;
  const noise = tf.tensor1d([...EVALUATION_SEED], 'int32');
  const { reconstruction, divergence } = negativeElbo(
    plan,
    { x, pixels: pixelsOf(x, normalization), noise },
    {
      weight: (name) => inputs.state(averaging === true ? averageName(name) : name),
      gates: inputs.feed('gates'),
      mode: { kind: 'inference' },
    },
  );
  const valid = inputs.feed('valid');
  const [rebuilt, apart] = [reconstruction, divergence].map((each) => tf.sum(tf.mul(each, valid)));
  if (!rebuilt || !apart) throw new Error('The objective has two terms.');
  return tf.stack([tf.add(rebuilt, apart), rebuilt, apart]);
}

/** Output of `infer`: `logits` [N, K] of a batch that is already normalized, x [N, H, W, C]. */
export function inferFunction({
  plan,
  batch,
  testTimeFlip,
}: NetworkProgramOptions): ProgramFunction {
  const { height, width, channels } = plan.input;
  return {
    name: 'infer',
    feeds: [
      { name: 'x', type: 'float32', shape: [batch, height, width, channels] },
      { name: 'gates', type: 'float32', shape: [plan.blocks.length] },
    ],
    body: (inputs) => ({
      outputs: {
        logits: inferred(inputs.feed('x'), {
          plan,
          testTimeFlip: testTimeFlip === true,
          weight: (name) => inputs.state(name),
          gates: inputs.feed('gates'),
        }).logits,
      },
    }),
  };
}

/** As `infer`, with all gates open and none to feed: what is exported. */
export function exportedFunction({
  plan,
  batch,
  testTimeFlip,
}: Pick<NetworkProgramOptions, 'plan' | 'batch' | 'testTimeFlip'>): ProgramFunction {
  const { height, width, channels } = plan.input;
  return {
    name: 'network',
    feeds: [{ name: 'x', type: 'float32', shape: [batch, height, width, channels] }],
    body: (inputs) => {
      const x = inputs.feed('x');
      const weight = (name: string): Tensor => inputs.state(name);
      const logits = (input: Tensor): Tensor =>
        forward(plan, input, { weight, gates: undefined, mode: { kind: 'inference' } });
      // Two passes: halves of one batch could be told apart only by its size, which is open.
      const mean = (): Tensor => tf.mul(tf.add(logits(x), logits(tf.reverse(x, 2))), 0.5);
      return { outputs: { logits: testTimeFlip === true ? mean() : logits(x) } };
    },
  };
}

/**
 * Logits [N, K] and last features [N, D] of x [N, H, W, C]; with test-time flip the means of theirs and their
 * mirror images'. The last layer is linear, so the mean logits are those of the mean features.
 */
function inferred(
  x: Tensor,
  given: {
    readonly plan: NetworkPlan;
    readonly testTimeFlip: boolean;
    readonly weight: (name: string) => Tensor;
    readonly gates: Tensor;
  },
): { readonly logits: Tensor; readonly features: Tensor } {
  const { plan, weight, gates } = given;
  let features: Tensor | undefined;
  const logits = forward(plan, given.testTimeFlip ? tf.concat([x, tf.reverse(x, 2)], 0) : x, {
    ...{ weight, gates },
    mode: { kind: 'inference' },
    onFeatures: (value) => (features = value),
  });
  if (!features) throw new Error('The network has no last features.');
  if (!given.testTimeFlip) return { logits, features };
  return { logits: meanOfHalves(logits), features: meanOfHalves(features) };
}

/** [2N, K] → [N, K]: of images and their mirror images. */
function meanOfHalves(both: Tensor): Tensor {
  const [plain, mirrored] = tf.split(both, 2, 0);
  if (!plain || !mirrored) throw new Error('The mirror images got no logits.');
  return tf.mul(tf.add(plain, mirrored), 0.5);
}
