// A network as the page carries it: TensorFlow.js's graph model and its weights as text. What its input and outputs
// mean stands in the model's own metadata, as in the export for TensorFlow.js.
import { loadGraphModel, type GraphModel } from '@tensorflow/tfjs-converter';
import { env, io, ready, setBackend, softmax, tensor4d, tidy } from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-webgl';
import { fitPixels, type Pixels } from '../../../shared/images/resize.ts';
import type { ResizePolicy } from '../../../shared/spec/run.ts';

/** What main/export/tfjs writes, and main/reports/html.ts puts into the page. */
interface Source {
  readonly model: {
    readonly modelTopology: object;
    readonly signature: object;
    readonly weightsManifest: readonly { readonly weights: readonly io.WeightsManifestEntry[] }[];
    readonly userDefinedMetadata: NetworkFacts;
  };
  readonly weights: string;
}

export interface NetworkFacts {
  readonly input: { readonly width: number; readonly height: number; readonly channels: number };
  readonly classes: readonly string[];
  readonly resize: ResizePolicy;
  readonly normalization: {
    /** Of pixels in [0, 1], by channel. */
    readonly mean: readonly number[];
    readonly deviation: readonly number[];
    /** [H, W, C], instead of the means. */
    readonly meanImage?: readonly number[];
  };
}

export interface ClassShare {
  readonly name: string;
  readonly probability: number;
}

export class CarriedNetwork {
  readonly facts: NetworkFacts;
  readonly #source: Source;
  #model: Promise<GraphModel> | undefined;

  /** @param text the JSON of the page */
  constructor(text: string) {
    this.#source = JSON.parse(text) as Source;
    this.facts = this.#source.model.userDefinedMetadata;
  }

  /** Of red, green, blue and alpha: the pixels that the network sees, [H, W, C]. */
  fit(image: ImageData): Pixels {
    const { input, resize } = this.facts;
    return fitPixels(toChannels(image, input.channels), input, resize);
  }

  /** All classes, likeliest first. */
  async classify(pixels: Pixels): Promise<readonly ClassShare[]> {
    this.#model ??= this.#load();
    const model = await this.#model;
    const { input, classes } = this.facts;
    const x = this.#normalized(pixels);
    const output = tidy(() => {
      const logits = model.predict(
        tensor4d(x, [1, input.height, input.width, input.channels]),
      ) as Tensor2D;
      return softmax(logits);
    });
    const shares = await output.data();
    output.dispose();
    return classes
      .map((name, c) => ({ name, probability: shares[c] ?? 0 }))
      .sort((a, b) => b.probability - a.probability);
  }

  async #load(): Promise<GraphModel> {
    await chooseBackend();
    const { modelTopology, signature, weightsManifest } = this.#source.model;
    return await loadGraphModel(
      io.fromMemory({
        ...{ modelTopology, signature },
        weightSpecs: weightsManifest.flatMap(({ weights }) => weights),
        weightData: bytesOf(this.#source.weights),
      }),
    );
  }

  #normalized({ values, channels }: Pixels): Float32Array {
    const { mean, deviation, meanImage } = this.facts.normalization;
    return Float32Array.from(values, (value, i) => {
      const c = i % channels;
      return (value / 255 - (meanImage?.[i] ?? mean[c] ?? 0)) / (deviation[c] ?? 1);
    });
  }
}

/** The graphics card, where it computes in float32 as training did; else the processor. */
async function chooseBackend(): Promise<void> {
  const hasCard = await setBackend('webgl').catch(() => false);
  if (!hasCard || !env().getBool('WEBGL_RENDER_FLOAT32_ENABLED')) await setBackend('cpu');
  await ready();
}

function bytesOf(base64: string): ArrayBuffer {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes.buffer;
}

/** Grey is the luma of ITU-R 601, as in training. */
function toChannels({ width, height, data }: ImageData, channels: number): Pixels {
  const values = new Uint8Array(width * height * channels);
  for (let p = 0; p < width * height; p++) {
    const [red = 0, green = 0, blue = 0] = data.subarray(p * 4, p * 4 + 3);
    if (channels === 1) values[p] = (red * 299 + green * 587 + blue * 114 + 500) / 1000;
    else values.set([red, green, blue], p * channels);
  }
  return { width, height, channels, values };
}
