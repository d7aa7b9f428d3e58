// What is said where a network answers with numbers that are not finite.
import { formatExact } from './format.ts';

/** @param noun of the examples, in the singular */
export function notFiniteSentence(count: number, examples: number, noun = 'image'): string {
  const which =
    count === examples
      ? examples === 1
        ? `the ${noun}`
        : `all ${formatExact(examples)} ${noun}s`
      : `${formatExact(count)} of ${formatExact(examples)} ${noun}s`;
  return `The network's logits for ${which} are NaN or infinite, so there is no prediction; it counts as wrong where accuracy is measured. Its weights are damaged, or its training diverged: take an earlier checkpoint.`;
}
