// What a network gets wrong: the confusion matrix and the worst examples, collected while a split is
// evaluated or of outputs that were kept. Pure; knows no TensorFlow.
import type { MistakeFacts } from '../../shared/contract/trainer.ts';
import { isFiniteRow } from '../../shared/calibration/logits.ts';
import type { SplitOutputs } from './split-outputs.ts';

const LISTED = 1000;

type Mistake = MistakeFacts['worst'][number];

export interface MistakeCollector {
  readonly add: (row: number, label: number, logits: Float32Array) => void;
  facts(): MistakeFacts;
}

export function collectMistakes(
  classes: readonly string[],
  sourceOf: (row: number) => string,
): MistakeCollector {
  const confusion = new Int32Array(classes.length ** 2);
  let examples = 0;
  let notFinite = 0;
  let worst: Omit<Mistake, 'source'>[] = [];
  const byLoss = (a: { loss: number }, b: { loss: number }): number => b.loss - a.loss;
  const keepWorst = (): void => {
    worst = worst.sort(byLoss).slice(0, LISTED);
  };
  return {
    add: (row, label, logits) => {
      examples++;
      if (!isFiniteRow(logits)) {
        notFinite++;
        return;
      }
      const { predicted, at } = logSoftmax(logits);
      const cell = label * classes.length + predicted;
      confusion[cell] = (confusion[cell] ?? 0) + 1;
      if (predicted === label) return;
      worst.push({
        index: row,
        label,
        predicted,
        confidence: Math.exp(at(predicted)),
        labelProbability: Math.exp(at(label)),
        loss: -at(label),
      });
      // Sorting now and then keeps memory small for a split of a million images.
      if (worst.length >= 4 * LISTED) keepWorst();
    },
    facts: () => {
      keepWorst();
      return {
        classes: [...classes],
        examples,
        ...(notFinite > 0 ? { notFinite } : {}),
        confusion: [...confusion],
        worst: worst.map((mistake) => ({ ...mistake, source: sourceOf(mistake.index) })),
      };
    },
  };
}

/** Of a whole split. */
export function mistakesOf(outputs: SplitOutputs): MistakeFacts {
  const { classes, classNames, labels, logits, sources } = outputs;
  const mistakes = collectMistakes(classNames, (row) => sources[row] ?? '');
  labels.forEach((label, row) => {
    mistakes.add(row, label, logits.subarray(row * classes, (row + 1) * classes));
  });
  return mistakes.facts();
}

/** ln p of each class, which stays finite where p is too small for a number. */
function logSoftmax(logits: Float32Array): { predicted: number; at: (index: number) => number } {
  let predicted = 0;
  logits.forEach((logit, i) => {
    if (logit > (logits[predicted] ?? -Infinity)) predicted = i;
  });
  const top = logits[predicted] ?? 0;
  const logSum = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - top), 0));
  return { predicted, at: (index) => (logits[index] ?? Number.NaN) - top - logSum };
}
