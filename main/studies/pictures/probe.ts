// What an autoencoder rebuilds of images it has not seen, what it makes of samples of the prior, and of walks through
// the latent space (Kingma & Welling 2013, arXiv 1312.6114), in evaluation mode.
import { createRng } from '../../../shared/rng.ts';
import type { ProbeSpecOf, ProbeValuesOf } from '../../../shared/contract/probes.ts';
import { base64 } from '../../../shared/figures/palette-png.ts';
import { decode, forward, type Forward } from '../../engine/network/forward.ts';
import type { FunctionInputs, Program } from '../../engine/recording/program.ts';
import { tf } from '../../engine/tensorflow/library.ts';
import type { DecoderPlan } from '../../zoo/plan.ts';
import type { ProbeContext } from '../probe/context.ts';
import { batchOf, chosenRows } from '../probe/images.ts';
import { floatsOf, imageFeeds, inputOf, openProbe } from '../probe/probe-program.ts';

/** Latent samples of one call. */
const BATCH = 32;

export async function probePictures(
  context: ProbeContext,
  spec: ProbeSpecOf<'pictures'>,
): Promise<ProbeValuesOf<'pictures'>> {
  const { decoder } = context.plan;
  if (!decoder) throw new Error(`${context.plan.spec.name} has no decoder.`);
  const source = context.images(spec.split);
  const rows = chosenRows(source, spec.images);
  const program = openPictures(context, { decoder, images: rows.length });
  try {
    await context.report('Rebuilding images', 0);
    const batch = await batchOf(source, rows, rows.length);
    const { images, labels, valid } = batch;
    const feeds = { images, labels, valid };
    const encoded = program.run('encode', { feeds, outputs: ['means'], update: false });
    const means = floatsOf(encoded, 'means');
    const latents = {
      rebuilt: means,
      samples: normals(spec.samples * decoder.latent, spec.seed),
      walks: walksThrough(means, { ...spec, latent: decoder.latent }),
    };
    const rebuilt = pixelsOf(program, decoder, latents.rebuilt);
    await context.report('Sampling the prior', 0.4);
    const samples = pixelsOf(program, decoder, latents.samples);
    await context.report('Walking through the latent space', 0.7);
    const walks = pixelsOf(program, decoder, latents.walks);
    const { height, width, channels } = context.plan.input;
    return {
      kind: 'pictures',
      ...{ split: source.split, examples: rows.length, of: source.count },
      shape: { height, width, channels },
      latent: decoder.latent,
      originals: base64(images),
      rebuilt: base64(rebuilt),
      samples: { count: spec.samples, pixels: base64(samples) },
      walks: { count: spec.walks, steps: spec.steps, pixels: base64(walks) },
    };
  } finally {
    program.dispose();
  }
}

function openPictures(
  context: ProbeContext,
  { decoder, images }: { readonly decoder: DecoderPlan; readonly images: number },
): Program {
  const pass = (inputs: FunctionInputs): Forward => ({
    weight: (name) => inputs.state(name),
    gates: undefined,
    mode: { kind: 'inference' },
  });
  return openProbe(context, [
    {
      name: 'encode',
      feeds: imageFeeds(context, images),
      body: (inputs) => {
        const encoded = forward(context.plan, inputOf(context, inputs), pass(inputs));
        const [means] = tf.split(encoded, 2, 1);
        if (!means) throw new Error('The encoder gave no latent Gaussian.');
        return { outputs: { means } };
      },
    },
    {
      name: 'decode',
      feeds: [{ name: 'z', type: 'float32', shape: [BATCH, decoder.latent] }],
      body: (inputs) => {
        const decoded = decode(decoder, inputs.feed('z'), pass(inputs));
        // A Bernoulli decoder says logits, a Gaussian one means.
        const bernoulli = decoder.likelihood.kind === 'bernoulli';
        return { outputs: { pixels: bernoulli ? tf.sigmoid(decoded) : decoded } };
      },
    },
  ]);
}

/** Bytes of the pictures that latents [N, L] stand for, N times [H, W, C]. */
function pixelsOf(program: Program, { latent }: DecoderPlan, latents: Float32Array): Uint8Array {
  const count = latents.length / latent;
  const parts: Uint8Array[] = [];
  for (let start = 0; start < count; start += BATCH) {
    const valid = Math.min(BATCH, count - start);
    const z = new Float32Array(BATCH * latent);
    z.set(latents.subarray(start * latent, (start + valid) * latent));
    const results = program.run('decode', { feeds: { z }, outputs: ['pixels'], update: false });
    const found = floatsOf(results, 'pixels');
    const own = found.subarray(0, (found.length / BATCH) * valid);
    parts.push(Uint8Array.from(own, (value) => Math.round(255 * Math.min(1, Math.max(0, value)))));
  }
  return Uint8Array.from(Buffer.concat(parts));
}

function normals(count: number, seed: number): Float32Array {
  const rng = createRng('pictures', seed);
  return Float32Array.from({ length: count }, () => rng.normal());
}

/** From one image's latent mean to the next one's in equal steps, ends included: [walks, steps, latent]. */
export function walksThrough(
  means: Float32Array,
  {
    walks,
    steps,
    latent,
  }: { readonly walks: number; readonly steps: number; readonly latent: number },
): Float32Array {
  const images = means.length / latent;
  const found = new Float32Array(walks * steps * latent);
  for (let walk = 0; walk < walks; walk++) {
    const [from, to] = [walk % images, (walk + 1) % images];
    for (let step = 0; step < steps; step++) {
      const share = step / (steps - 1);
      for (let i = 0; i < latent; i++) {
        const [a = 0, b = 0] = [means[from * latent + i], means[to * latent + i]];
        found[(walk * steps + step) * latent + i] = (1 - share) * a + share * b;
      }
    }
  }
  return found;
}
