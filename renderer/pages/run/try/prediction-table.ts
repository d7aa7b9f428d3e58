// The table of a folder's predictions: its rows, what is counted over them, and its CSV. Pure.
import { csvText } from '../../../../shared/csv.ts';
import type { Answer, ClassShare } from './try-state.svelte.ts';
import type { TriedImage } from './tried-images.ts';

export interface PredictionRow {
  readonly image: TriedImage;
  /** In the order of the runs; undefined where there is no answer yet. */
  readonly answers: readonly (Answer | undefined)[];
}

export type RowFilter = 'all' | 'wrong' | 'differ' | 'failed';

export function topOf(answer: Answer | undefined, place = 0): ClassShare | undefined {
  return answer?.kind === 'classes' ? answer.classes[place] : undefined;
}

/** What stands in the place of a prediction that there is none of. */
export function problemOf(answer: Answer | undefined): string | undefined {
  if (answer === undefined) return undefined;
  if (answer.kind === 'failed') return answer.message;
  return answer.classes.length === 0 ? 'No prediction: the logits are not finite.' : undefined;
}

/** Undefined where the folders do not say what it is, or there is no prediction. */
export function isRight({ image }: PredictionRow, answer: Answer | undefined): boolean | undefined {
  const top = topOf(answer);
  if (image.truth === undefined || top === undefined) return undefined;
  return top.name === image.truth;
}

export function matches(row: PredictionRow, filter: RowFilter, text: string): boolean {
  const { image, answers } = row;
  switch (filter) {
    case 'all':
      break;
    case 'wrong':
      if (!answers.some((answer) => isRight(row, answer) === false)) return false;
      break;
    case 'differ':
      if (new Set(answers.flatMap((answer) => topOf(answer)?.name ?? [])).size < 2) return false;
      break;
    case 'failed':
      if (!answers.some((answer) => problemOf(answer) !== undefined)) return false;
      break;
  }
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const searched = [image.name, image.truth ?? '', ...answers.map((one) => topOf(one)?.name ?? '')]
    .join(' ')
    .toLowerCase();
  return words.every((word) => searched.includes(word));
}

export interface Score {
  /** Images whose folder says what they are and that have a prediction. */
  readonly judged: number;
  readonly right: number;
}

export function scoreOf(rows: readonly PredictionRow[], run: number): Score {
  let [judged, right] = [0, 0];
  for (const row of rows) {
    const verdict = isRight(row, row.answers[run]);
    if (verdict === undefined) continue;
    judged++;
    if (verdict) right++;
  }
  return { judged, right };
}

/** Probabilities are written whole: a table of numbers is for computing with. */
export function predictionsCsv(
  rows: readonly PredictionRow[],
  runs: readonly { readonly id: string; readonly name: string }[],
): string {
  const titles = runs.flatMap(({ id, name }) => {
    const of = runs.length === 1 ? '' : ` (${name}, ${id})`;
    return ['prediction', 'probability', 'second', 'second probability', 'problem'].map(
      (title) => `${title}${of}`,
    );
  });
  const cells = (answer: Answer | undefined): string[] => {
    const [first, second] = [topOf(answer), topOf(answer, 1)];
    return [
      first?.name ?? '',
      first === undefined ? '' : String(first.probability),
      second?.name ?? '',
      second === undefined ? '' : String(second.probability),
      problemOf(answer) ?? (answer?.kind === 'classes' ? (answer.damage ?? '') : ''),
    ];
  };
  return csvText([
    ['file', 'folder says', ...titles],
    ...rows.map(({ image, answers }) => [
      image.name,
      image.truth ?? '',
      ...runs.flatMap((_, i) => cells(answers[i])),
    ]),
  ]);
}
