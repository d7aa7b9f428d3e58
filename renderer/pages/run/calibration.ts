// The calibration of a run as figures and as CSV. Pure.
import type { CalibrationReport, ClassThresholds } from '../../../shared/contract/app/outputs.ts';
import { csvText } from '../../../shared/csv.ts';

const text = (value: number | null): string => (value === null ? '' : String(value));

/** A row for each bin, as the network is and at the fitted temperature. */
export function calibrationCsv({ before, after, temperature }: CalibrationReport): string {
  const titles = ['temperature', 'from', 'to', 'images', 'mean confidence', 'accuracy'];
  const rows = [
    { at: 1, bins: before.bins },
    { at: temperature, bins: after.bins },
  ].flatMap(({ at, bins }) =>
    bins.map(({ from, to, count, confidence, accuracy }) => [
      ...[String(at), String(from), String(to), String(count), text(confidence), text(accuracy)],
    ]),
  );
  return csvText([titles, ...rows]);
}

export function thresholdsCsv({ points }: ClassThresholds): string {
  return csvText([
    ['threshold', 'precision', 'recall', 'images found'],
    ...points.map(({ threshold, precision, recall, found }) =>
      [threshold, precision, recall, found].map(String),
    ),
  ]);
}

/** What holds at a threshold: the point with the smallest one that is not below it. */
export function pointAt(points: ClassThresholds['points'], threshold: number) {
  return points.findLast((point) => point.threshold >= threshold);
}
