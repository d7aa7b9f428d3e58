// How much of the spread between seeds is the test set's finiteness (Jordan 2023, arXiv 2304.01910). Pure.

export interface SeedSpread {
  readonly runs: number;
  readonly examples: number;
  readonly meanAccuracy: number;
  /** Of the runs' accuracies, n − 1. */
  readonly measured: number;
  /**
   * √(Σ p_i (1 − p_i)) / N: the deviation if examples were right independently of each other, with the
   * probability p_i that they are right over seeds. p (1 − p) is estimated without bias from n runs.
   */
  readonly predicted: number;
  /** Deviation of what the runs would reach on endless data; 0 where the prediction explains all. */
  readonly unexplained: number;
}

/** @param marks of each run, one character an example, `1` where it is right; at least two runs */
export function seedSpread(marks: readonly string[]): SeedSpread {
  const runs = marks.length;
  const examples = marks[0]?.length ?? 0;
  const accuracies = marks.map(
    (row) => Array.from(row).reduce((sum, mark) => sum + (mark === '1' ? 1 : 0), 0) / examples,
  );
  const mean = accuracies.reduce((sum, value) => sum + value, 0) / runs;
  const variance = accuracies.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (runs - 1);
  let chance = 0;
  for (let i = 0; i < examples; i++) {
    const p = marks.reduce((sum, row) => sum + (row[i] === '1' ? 1 : 0), 0) / runs;
    chance += (p * (1 - p) * runs) / (runs - 1);
  }
  const predicted = chance / examples ** 2;
  return {
    runs,
    examples,
    meanAccuracy: mean,
    measured: Math.sqrt(variance),
    predicted: Math.sqrt(predicted),
    unexplained: Math.sqrt(Math.max(0, variance - predicted)),
  };
}
