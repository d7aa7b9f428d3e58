// Trained networks tried on images that somebody has at hand. Images are sent as the files they are, so that
// they are decoded as the training's were.
import { z } from 'zod';
import { query, subscription } from '../../rpc/definition.ts';
import { Explained, ExplainMethod } from '../explanations.ts';
import { Classified, SentImage } from '../trainer.ts';
import { Nothing, Progress, RunId, TrainerNotice } from './common.ts';

/** Of all images of one call; a frame holds 64 MiB. */
export const MOST_SENT_BYTES = 48 * 2 ** 20;
export const MOST_SENT_IMAGES = 64;

export const predictions = {
  /** By the run's best checkpoint, else its last. */
  'predictions.classify': query(
    z.object({ run: RunId, images: z.array(SentImage).min(1).max(MOST_SENT_IMAGES) }),
    Classified.extend({ step: z.int(), checkpoint: z.enum(['best', 'last']) }),
  ),
  /** Progress until one `done`; ending the subscription cancels. */
  'predictions.explain': subscription(
    z.object({ run: RunId, image: SentImage, method: ExplainMethod }),
    z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('progress'), progress: Progress }),
      z.object({ kind: z.literal('done'), explained: Explained }),
    ]),
  ),
  /** For as long as somebody tries networks: how far the process behind it is, and its end if that was unasked. */
  'predictions.watch': subscription(Nothing, TrainerNotice),
} as const;
