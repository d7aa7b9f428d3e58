// Classifies images, or computes the logits of a prepared tensor, with the weights of a file.
import { readFile, rename, writeFile } from 'node:fs/promises';
import { inputError } from '../../shared/errors.ts';
import { LARGEST_IMAGE_BYTES } from '../../shared/limits.ts';
import type { Classified, PredictJob, PredictResult } from '../../shared/contract/trainer.ts';
import { tensorFileParts } from '../../shared/safetensors.ts';
import { readFloats } from '../../shared/tensor-values.ts';
import { openTensorFile } from '../data/tensor-file.ts';
import { requireUserFile } from '../data/user-file.ts';
import { rowsNotFinite } from './finite-logits.ts';
import { classifyImages, type ImageSource } from './image-classes.ts';
import { expectedInput, flippable, Inference, type FlippableSource } from './inference.ts';
import { openClassifier } from './weight-source.ts';

export async function runPredictJob(job: PredictJob): Promise<PredictResult> {
  const source = flippable(await openClassifier(job.weights, 'A prediction'), job.testTimeFlip);
  switch (job.input.kind) {
    case 'images':
      return { kind: 'predictions', ...(await classifyFiles(source, job.input, job.batch)) };
    case 'tensor':
      return { kind: 'logits', ...(await computeLogits(source, job.input, job.batch)) };
  }
}

async function classifyFiles(
  source: FlippableSource,
  images: Extract<PredictJob['input'], { kind: 'images' }>,
  batch: number,
): Promise<Classified> {
  const expected = expectedInput(source, {
    shape: images.shape,
    normalization: images.normalization?.kind === 'fixed' ? images.normalization : undefined,
  });
  const { files } = images;
  const inference = await Inference.open(source, {
    input: expected.input,
    batch: Math.min(batch, files.length),
  });
  try {
    return await classifyImages(inference, files.map(imageFile), {
      ...expected,
      reading: source.state?.spec.data ?? {},
      classes: source.state?.classes,
    });
  } finally {
    inference.dispose();
  }
}

export function imageFile(file: string): ImageSource {
  return {
    name: file,
    read: async () => {
      await requireUserFile(file, 'image', LARGEST_IMAGE_BYTES);
      return await readFile(file).catch((cause: unknown) => {
        throw inputError('not-found', `${file} could not be read; check the path.`, {
          path: file,
          cause,
        });
      });
    },
  };
}

async function computeLogits(
  source: FlippableSource,
  tensor: Extract<PredictJob['input'], { kind: 'tensor' }>,
  batch: number,
): Promise<{ readonly examples: number; readonly notFinite: number }> {
  const file = await openTensorFile(tensor.file);
  try {
    const entry = file.getTensor('x');
    const [count = 0, height = 0, width = 0, channels = 0] = entry.shape;
    if (entry.shape.length !== 4 || count === 0) {
      throw inputError(
        'bad-tensor',
        `${tensor.file}: x has the shape [${entry.shape.join(', ')}]; [N, H, W, C] with at least one row is needed.`,
        { path: tensor.file },
      );
    }
    const values = readFloats(entry.dtype, await file.readTensor('x'));
    const rowSize = height * width * channels;
    const inference = await Inference.open(source, {
      input: { height, width, channels },
      batch: Math.min(batch, count),
    });
    let logits: Float32Array;
    try {
      logits = await inference.logits(count, (start, rows) =>
        Promise.resolve(values.subarray(start * rowSize, (start + rows) * rowSize)),
      );
    } finally {
      inference.dispose();
    }
    const parts = tensorFileParts([
      {
        name: 'logits',
        dtype: 'F32',
        shape: [count, source.classCount],
        data: new Uint8Array(logits.buffer),
      },
    ]);
    const partial = `${tensor.out}.partial`;
    await writeFile(partial, parts);
    await rename(partial, tensor.out);
    return { examples: count, notFinite: rowsNotFinite(logits, source.classCount) };
  } finally {
    await file.close();
  }
}
