// Which examples a network gets right: what the spread between seeds is predicted from (Jordan 2023, arXiv
// 2304.01910).
import type { ProbeSpecOf, ProbeValuesOf } from '../../../shared/contract/probes.ts';
import { isCorrect, isInTop } from '../../engine/ops/classification.ts';
import { tf } from '../../engine/tensorflow/library.ts';
import type { ProbeContext } from '../probe/context.ts';
import { batchOf, chosenRows, PROBE_BATCH } from '../probe/images.ts';
import { floatsOf, imageFeeds, inputOf, openProbe, probedLogits } from '../probe/probe-program.ts';

export async function probeCorrectness(
  context: ProbeContext,
  spec: ProbeSpecOf<'correctness'>,
): Promise<ProbeValuesOf<'correctness'>> {
  const source = context.images(spec.split);
  const rows = chosenRows(source, undefined);
  const size = Math.min(PROBE_BATCH, rows.length);
  const program = openProbe(context, [
    {
      name: 'correct',
      feeds: imageFeeds(context, size),
      body: (inputs) => {
        const labels = inputs.feed('labels');
        const logits = probedLogits(context, inputOf(context, inputs), {
          inputs,
          probe: { norm: 'running' },
        });
        const top = isInTop(Math.min(5, context.plan.classes), logits, labels);
        return { outputs: { correct: tf.mul(isCorrect(logits, labels), top) } };
      },
    },
  ]);
  try {
    let correct = '';
    for (let start = 0; start < rows.length; start += size) {
      const part = rows.subarray(start, start + size);
      const { images, labels, valid } = await batchOf(source, part, size);
      const results = program.run('correct', {
        feeds: { images, labels, valid },
        outputs: ['correct'],
        update: false,
      });
      correct += Array.from(floatsOf(results, 'correct').subarray(0, part.length), (value) =>
        value === 1 ? '1' : '0',
      ).join('');
      await context.report(
        `${correct.length} of ${rows.length} images`,
        correct.length / rows.length,
      );
    }
    return { kind: 'correctness', split: source.split, examples: rows.length, correct };
  } finally {
    program.dispose();
  }
}
