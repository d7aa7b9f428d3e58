// What is said where a network answers with numbers that are not finite.
import { formatExact } from './format.ts';

export function notFiniteSentence(count: number, examples: number): string {
  const which =
    count === examples
      ? examples === 1
        ? 'the image'
        : `all ${formatExact(examples)} images`
      : `${formatExact(count)} of ${formatExact(examples)} images`;
  return `The network's logits for ${which} are NaN or infinite, so there is no prediction; it counts as wrong where accuracy is measured. Its weights are damaged, or its training diverged: take an earlier checkpoint.`;
}
