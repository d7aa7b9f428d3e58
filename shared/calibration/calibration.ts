// Everything that is said of a network's confidence on one split. Pure.
import { finiteRows, type LabelledLogits } from './logits.ts';
import { reliabilityOf, type Reliability } from './reliability.ts';
import { fitTemperature } from './temperature.ts';

export interface Calibration {
  /** That count: those with finite logits. */
  readonly examples: number;
  readonly notFinite: number;
  readonly temperature: number;
  /** False where no temperature is best: every example is right, or none. */
  readonly isOptimum: boolean;
  readonly before: Reliability;
  /** At the temperature, on the same examples that it was fitted on. */
  readonly after: Reliability;
}

/** Undefined if no example has finite logits. */
export function calibrationOf(data: LabelledLogits): Calibration | undefined {
  const examples = finiteRows(data).length;
  if (examples === 0) return undefined;
  const { temperature, isOptimum } = fitTemperature(data);
  return {
    ...{ examples, notFinite: data.labels.length - examples, temperature, isOptimum },
    before: reliabilityOf(data),
    after: reliabilityOf(data, temperature),
  };
}
