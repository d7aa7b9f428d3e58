// What a network says of one image, of its outputs.
import { predictedOf, softmaxRow } from '../../shared/calibration/logits.ts';
import type { JudgedImage } from '../../shared/contract/app/outputs.ts';
import type { SplitOutputs } from '../data/split-outputs.ts';

/** @param row with finite logits */
export function judgedImage(outputs: SplitOutputs, row: number): JudgedImage {
  const probabilities = new Float64Array(outputs.classes);
  softmaxRow(outputs, row, 1, probabilities);
  const [label, predicted] = [outputs.labels[row] ?? 0, predictedOf(outputs, row)];
  return {
    ...{ index: row, source: outputs.sources[row] ?? '', label, predicted },
    confidence: probabilities[predicted] ?? 0,
    labelProbability: probabilities[label] ?? 0,
  };
}
