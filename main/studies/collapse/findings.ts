// How far the last features have collapsed to one point a class. Pure.
import type { Finding } from '../../../shared/contract/findings.ts';
import type { ProbeValuesOf } from '../../../shared/contract/probes.ts';
import { formatNorm, formatPercent } from '../../../shared/format.ts';

export function findCollapse(values: ProbeValuesOf<'collapse'>): Finding {
  const { classes, withinOverBetween, cosine, cosineDeviation, nearestMeanDisagreement } = values;
  const ideal = -1 / (classes - 1);
  const norm = (value: number | null): string => formatNorm(value ?? Number.NaN);
  return {
    sentences: [
      `Within-class over between-class variability is ${norm(withinOverBetween)} on ${values.examples} ${values.split} images.`,
      `Class means have a cosine of ${norm(cosine)} ± ${norm(cosineDeviation)}; at collapse it is ${norm(ideal)} for ${classes} classes.`,
      `The nearest class mean disagrees with the network on ${formatPercent(nearestMeanDisagreement)} of the images.`,
    ],
    figures: [],
    tables: [
      {
        title: 'Neural collapse',
        columns: ['Measure', 'Here', 'At collapse'],
        rows: [
          ['tr(Σ_W Σ_B⁺) / C', norm(withinOverBetween), '0'],
          ['tr Σ_W / tr Σ_B', norm(values.traceRatio), '0'],
          ['Cosine of class means', norm(cosine), norm(ideal)],
          ['Deviation of the cosine', norm(cosineDeviation), '0'],
          ['Variation of the means’ norms', norm(values.normVariation), '0'],
          ['Nearest mean disagrees', formatPercent(nearestMeanDisagreement), '0 %'],
          ['Error', formatPercent(values.error), '0 %'],
        ],
      },
    ],
  };
}
