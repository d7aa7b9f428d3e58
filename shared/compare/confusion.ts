// Which classes are taken for which: rows are labels, columns predictions, each row normalized to its own
// number of examples. Pure.
import { formatPercent } from '../format.ts';

export interface Confusion {
  readonly classes: readonly string[];
  /** Row-major counts. */
  readonly counts: readonly number[];
}

export const CLASS_ORDERS = ['given', 'worst'] as const;
export type ClassOrder = (typeof CLASS_ORDERS)[number];

export interface ClassScore {
  readonly index: number;
  readonly name: string;
  readonly examples: number;
  /** Share of the examples of this class that are recognized; NaN without examples. */
  readonly recall: number;
  /** What it is most often taken for, if it ever is. */
  readonly takenFor: { readonly name: string; readonly count: number } | null;
}

export function classScores({ classes, counts }: Confusion): ClassScore[] {
  const side = classes.length;
  return classes.map((name, index) => {
    const row = counts.slice(index * side, (index + 1) * side);
    const examples = row.reduce((sum, count) => sum + count, 0);
    let worst = -1;
    row.forEach((count, column) => {
      if (column !== index && count > (worst < 0 ? 0 : (row[worst] ?? 0))) worst = column;
    });
    return {
      index,
      name,
      examples,
      recall: examples === 0 ? Number.NaN : (row[index] ?? 0) / examples,
      takenFor: worst < 0 ? null : { name: classes[worst] ?? '', count: row[worst] ?? 0 },
    };
  });
}

/** Class numbers in the order to show them; classes without examples stand last. */
export function classOrder(confusion: Confusion, order: ClassOrder): number[] {
  const scores = classScores(confusion);
  if (order === 'worst') {
    const rank = ({ recall }: ClassScore): number => (Number.isNaN(recall) ? 2 : recall);
    scores.sort((a, b) => rank(a) - rank(b));
  }
  return scores.map(({ index }) => index);
}

/** A label and what it is taken for. */
export interface ConfusedPair {
  readonly label: number;
  readonly predicted: number;
  readonly labelName: string;
  readonly predictedName: string;
  readonly count: number;
  /** Of the label's examples. */
  readonly share: number;
}

/** Every pair that is confused at all, most images first, then largest share. */
export function confusedPairs({ classes, counts }: Confusion): ConfusedPair[] {
  const side = classes.length;
  return classes
    .flatMap((labelName, label) => {
      const row = counts.slice(label * side, (label + 1) * side);
      const examples = row.reduce((sum, count) => sum + count, 0);
      return row.flatMap((count, predicted): ConfusedPair[] =>
        count === 0 || predicted === label
          ? []
          : [
              {
                ...{ label, predicted, labelName, count, share: count / examples },
                predictedName: classes[predicted] ?? '',
              },
            ],
      );
    })
    .sort((a, b) => b.count - a.count || b.share - a.share || a.label - b.label);
}

/**
 * Those of `order` whose name holds the words, and what they are confused with: a part of the matrix that
 * says everything about them.
 */
export function classesAbout(
  confusion: Confusion,
  order: readonly number[],
  words: string,
): readonly number[] {
  const wanted = words.trim().toLowerCase();
  if (wanted === '') return order;
  const found = new Set(
    order.filter((index) => confusion.classes[index]?.toLowerCase().includes(wanted) === true),
  );
  const partners = new Set(found);
  for (const { label, predicted } of confusedPairs(confusion)) {
    if (found.has(label)) partners.add(predicted);
    if (found.has(predicted)) partners.add(label);
  }
  return order.filter((index) => partners.has(index));
}

export interface ConfusionCell {
  readonly x: string;
  readonly y: string;
  readonly label: number;
  readonly predicted: number;
  readonly count: number;
  readonly share: number;
}

export function confusionCells(confusion: Confusion, order: readonly number[]): ConfusionCell[] {
  const { classes, counts } = confusion;
  const side = classes.length;
  const scores = classScores(confusion);
  return order.flatMap((label) =>
    order.map((predicted) => {
      const count = counts[label * side + predicted] ?? 0;
      const examples = scores[label]?.examples ?? 0;
      return {
        x: classes[predicted] ?? '',
        y: classes[label] ?? '',
        label,
        predicted,
        count,
        share: examples === 0 ? 0 : count / examples,
      };
    }),
  );
}

/** What a cell says in words. */
export function cellSentence({ count, label, predicted, share, x, y }: ConfusionCell): string {
  const part = formatPercent(share);
  return label === predicted
    ? `${count} of ${y} recognized (${part})`
    : `${count} of ${y} taken for ${x} (${part})`;
}

/** Numbers are written into the cells up to this many classes. */
export const WRITTEN_CLASSES = 24;
