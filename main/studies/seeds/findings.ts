// How many examples one network gets right. What it means for seeds takes several runs: seed-spread.ts.
import type { Finding } from '../../../shared/contract/findings.ts';
import type { ProbeValuesOf } from '../../../shared/contract/probes.ts';
import { formatPercent } from '../../../shared/format.ts';

export function findCorrectness(values: ProbeValuesOf<'correctness'>): Finding {
  const right = Array.from(values.correct).filter((mark) => mark === '1').length;
  return {
    sentences: [
      `${right} of ${values.examples} ${values.split} images are right (${formatPercent(right / Math.max(1, values.examples))}).`,
    ],
    figures: [],
    tables: [],
  };
}
