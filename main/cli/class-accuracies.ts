// Accuracy by class, from a confusion matrix. Pure.
import type { MistakeFacts } from '../../shared/contract/trainer.ts';

export interface ClassAccuracy {
  readonly name: string;
  readonly examples: number;
  readonly correct: number;
  /** NaN for a class without examples. */
  readonly accuracy: number;
  /** What its examples are taken for most often when they are not recognised. */
  readonly takenFor: string | undefined;
}

/** In the order of the classes; confusion is row-major, rows are labels. */
export function classAccuracies({
  classes,
  confusion,
}: Pick<MistakeFacts, 'classes' | 'confusion'>): ClassAccuracy[] {
  return classes.map((name, label) => {
    const row = confusion.slice(label * classes.length, (label + 1) * classes.length);
    const examples = row.reduce((sum, count) => sum + count, 0);
    const correct = row[label] ?? 0;
    const wrong = row.map((count, predicted) => (predicted === label ? 0 : count));
    const most = Math.max(...wrong);
    return {
      name,
      examples,
      correct,
      accuracy: correct / examples,
      takenFor: most > 0 ? classes[wrong.indexOf(most)] : undefined,
    };
  });
}
