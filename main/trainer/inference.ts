// A trained network that is only asked for logits: from a weight file to the recorded program, and rows
// through it. The one road of `predict`, of the page's "Try" and of what explains an answer.
import { inputError } from '../../shared/errors.ts';
import type { InputShape } from '../../shared/spec/architecture.ts';
import { recordNetwork, type Network } from '../engine/network/network.ts';
import type { Normalization } from '../engine/ops/input.ts';
import { buildPlan } from '../zoo/build-plan.ts';
import type { NetworkPlan } from '../zoo/plan.ts';
import { weightsOf } from '../zoo/parameters.ts';
import { inferenceOptions } from './network-options.ts';
import { requireFitting } from './prepared-data.ts';
import { readWeightFile } from './weight-file.ts';
import type { WeightSource } from './weight-source.ts';

export interface FlippableSource extends WeightSource {
  readonly testTimeFlip: boolean;
}

/** As the run's recipe says, where nothing else is asked for. */
export function flippable(source: WeightSource, asked?: boolean): FlippableSource {
  const testTimeFlip = asked ?? source.state?.spec.recipe.testTimeFlip ?? false;
  return { ...source, testTimeFlip };
}

export interface ExpectedInput {
  readonly input: InputShape;
  readonly normalization: Normalization;
}

/**
 * What the network is to be shown: as its file says, or as given with it.
 * @throws inputError `no-input-description`
 */
export function expectedInput(
  source: WeightSource,
  given: {
    readonly shape?: InputShape | undefined;
    readonly normalization?: Normalization | undefined;
  } = {},
): ExpectedInput {
  const input = given.shape ?? source.state?.input;
  const normalization = given.normalization ?? source.normalization;
  if (!input || !normalization) {
    throw inputError(
      'no-input-description',
      `${source.file} does not say which image size and normalization its network expects; give --input 224x224x3 and --normalize M,M,M/S,S,S.`,
      { path: source.file },
    );
  }
  requireFitting(normalization, input);
  return { input, normalization };
}

export interface TrainedNetwork {
  readonly plan: NetworkPlan;
  /** By name, in the engine's layout. */
  readonly weights: ReadonlyMap<string, Float32Array>;
}

export async function readNetwork(
  source: WeightSource,
  input: InputShape,
): Promise<TrainedNetwork> {
  const plan = buildPlan(source.architecture, { input, classes: source.classCount });
  return { plan, weights: (await readWeightFile(source.file, weightsOf(plan))).values };
}

/** Logits of batches of one size. Whoever opens one disposes of it. */
export class Inference {
  readonly batch: number;
  readonly classCount: number;
  readonly #network: Network;
  readonly #rowSize: number;

  private constructor(network: Network, { batch, rowSize, classCount }: InferenceSizes) {
    this.#network = network;
    this.batch = batch;
    this.classCount = classCount;
    this.#rowSize = rowSize;
  }

  static async open(
    source: FlippableSource,
    { input, batch }: { readonly input: InputShape; readonly batch: number },
  ): Promise<Inference> {
    return Inference.of(await readNetwork(source, input), { ...source, batch });
  }

  static of(
    { plan, weights }: TrainedNetwork,
    options: Pick<FlippableSource, 'testTimeFlip' | 'precision'> & { readonly batch: number },
  ): Inference {
    const { batch, testTimeFlip, precision } = options;
    const data = {
      source: { kind: 'streamed' },
      normalization: { mean: [], deviation: [] },
    } as const;
    const network = recordNetwork(
      inferenceOptions({ plan, data, batch, testTimeFlip, precision }),
      'infer',
    );
    try {
      network.writeWeights(weights);
    } catch (error) {
      network.dispose();
      throw error;
    }
    const { height, width, channels } = plan.input;
    return new Inference(network, {
      batch,
      rowSize: height * width * channels,
      classCount: plan.classes,
    });
  }

  /**
   * Runs rows through the network, the last batch filled up with zeros: [count, classes].
   * @param rows normalized, [n, H, W, C] of the n rows from a start
   */
  async logits(
    count: number,
    rows: (start: number, count: number) => Promise<Float32Array>,
  ): Promise<Float32Array> {
    const { batch, classCount } = this;
    const logits = new Float32Array(count * classCount);
    for (let start = 0; start < count; start += batch) {
      const valid = Math.min(batch, count - start);
      const x = new Float32Array(batch * this.#rowSize);
      x.set(await rows(start, valid));
      const result = this.#network.infer(x).subarray(0, valid * classCount);
      logits.set(result, start * classCount);
    }
    return logits;
  }

  dispose(): void {
    this.#network.dispose();
  }
}

interface InferenceSizes {
  readonly batch: number;
  readonly rowSize: number;
  readonly classCount: number;
}
