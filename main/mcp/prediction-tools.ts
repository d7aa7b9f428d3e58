// Tools that ask trained networks something. None of them changes the library.
import { z } from 'zod';
import { findImages } from '../host/find-images.ts';
import type { HostParts } from '../host/host-parts.ts';
import { classifierOfRun, predict } from '../host/weights-jobs.ts';
import { inputError } from '../../shared/errors.ts';
import { tool, type Tool } from './tool.ts';

const BATCH = 32;
const MOST_IMAGES = 1000;

export function predictionTools(parts: HostParts): Tool[] {
  return [
    tool({
      name: 'predict_images',
      title: 'Classify images',
      description:
        'What a run’s best checkpoint takes images for: up to five classes with probabilities each. Files that cannot be read are in `failed` with the reason, and the rest goes on. Decoded as the run’s training images were.',
      input: z.object({
        run: z
          .string()
          .min(1)
          .max(64)
          .describe('A run: its id, or the last four characters of it.'),
        images: z
          .array(z.string().min(1))
          .min(1)
          .max(MOST_IMAGES)
          .describe(
            `Files, folders, or patterns such as "photos/**/*.jpg"; up to ${MOST_IMAGES} images.`,
          ),
      }),
      writes: false,
      work: async ({ run, images }, signal) => {
        const { files, leftOut } = await findImages(images);
        if (files.length > MOST_IMAGES) {
          throw inputError(
            'too-many-images',
            `These are ${files.length} images; up to ${MOST_IMAGES} are taken at a time. Name fewer, or use \`resnet-lab predict\`.`,
          );
        }
        const { weights, runId, step } = classifierOfRun(parts.library, run, {
          what: 'A prediction',
        });
        const input = { kind: 'images' as const, files: [...files] };
        const predicted = await predict(parts, { weights, batch: BATCH, input }, { signal });
        return { run: runId, step, ...predicted, leftOut };
      },
    }),
  ];
}
