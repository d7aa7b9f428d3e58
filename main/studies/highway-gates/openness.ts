// How far the gates of a block open, from each gate's openness for each image: the mean, by class, and how
// much of the variance between images their class explains. Pure; sums in double precision.

export interface Openness {
  readonly mean: number;
  /** NaN for classes without images. */
  readonly byClass: readonly number[];
  readonly deviation: number;
  readonly classShare: number;
}

export class OpennessSums {
  private readonly gates: number;
  /** [classes, gates] */
  private readonly sums: Float64Array;
  private readonly squares: Float64Array;
  private readonly counts: Float64Array;

  constructor(classes: number, gates: number) {
    this.gates = gates;
    this.sums = new Float64Array(classes * gates);
    this.squares = new Float64Array(gates);
    this.counts = new Float64Array(classes);
  }

  /** @param openness of each gate for one image */
  add(openness: Float32Array, label: number): void {
    this.counts[label] = (this.counts[label] ?? 0) + 1;
    openness.forEach((value, gate) => {
      const at = label * this.gates + gate;
      this.sums[at] = (this.sums[at] ?? 0) + value;
      this.squares[gate] = (this.squares[gate] ?? 0) + value * value;
    });
  }

  measure(): Openness {
    const { gates, counts, sums } = this;
    const images = counts.reduce((sum, count) => sum + count, 0);
    const present = [...counts.keys()].filter((label) => (counts[label] ?? 0) > 0);
    const sumOf = (label: number, gate: number): number => sums[label * gates + gate] ?? 0;
    let [all, between, whole] = [0, 0, 0];
    for (let gate = 0; gate < gates; gate++) {
      const total = present.reduce((sum, label) => sum + sumOf(label, gate), 0);
      const ofMean = total ** 2 / images;
      all += total;
      whole += (this.squares[gate] ?? 0) - ofMean;
      between +=
        present.reduce((sum, label) => sum + sumOf(label, gate) ** 2 / (counts[label] ?? 1), 0) -
        ofMean;
    }
    return {
      mean: all / (images * gates),
      byClass: Array.from(counts, (count, label) => {
        let sum = 0;
        for (let gate = 0; gate < gates; gate++) sum += sumOf(label, gate);
        return sum / (count * gates);
      }),
      deviation: Math.sqrt(Math.max(0, whole) / (images * gates)),
      classShare: adjustedShare(between / whole, { images, classes: present.length }),
    };
  }
}

/** Random classes explain (C − 1) / (N − 1) of a variance on average; here that is 0. */
function adjustedShare(
  share: number,
  { images, classes }: { readonly images: number; readonly classes: number },
): number {
  const chance = (classes - 1) / (images - 1);
  return (share - chance) / (1 - chance);
}
