// What layer responses of one network say. Pure.
import type { Finding } from '../../../shared/contract/findings.ts';
import type { ProbeValuesOf } from '../../../shared/contract/probes.ts';
import { formatNorm } from '../../../shared/format.ts';
import { summarize } from '../../../shared/stats/summary.ts';

type Values = ProbeValuesOf<'responses'>;

/** The paper's figure has the 3×3 layers; projections are 1×1 and left out. */
export function layerDeviations({ convolutions }: Values): { name: string; deviation: number }[] {
  const blocks = convolutions.filter(({ kernel }) => kernel > 1);
  return blocks.flatMap(({ name, deviation }) => (deviation === null ? [] : [{ name, deviation }]));
}

export function findResponses(values: Values): Finding {
  const layers = layerDeviations(values);
  const sorted = layers.toSorted((a, b) => b.deviation - a.deviation);
  const mean = summarize(layers.map(({ deviation }) => deviation))?.mean ?? Number.NaN;
  const ratios = values.blocks.flatMap(({ name, ratio }) =>
    ratio === null ? [] : [{ name, ratio }],
  );
  const first = { isDashed: false, isJoined: true, colour: 0 };
  return {
    sentences: [
      `The responses of ${layers.length} layers have a mean standard deviation of ${formatNorm(mean)}, over ${values.examples} images.`,
      ...(ratios.length === 0
        ? []
        : [
            `A branch adds ${formatNorm(summarize(ratios.map(({ ratio }) => ratio))?.mean ?? Number.NaN)} of its input's norm on average.`,
          ]),
    ],
    figures: [
      {
        kind: 'points',
        id: 'responses',
        title: 'Standard deviation of layer responses',
        xTitle: 'Layer, in depth order or sorted',
        yTitle: 'Standard deviation',
        isLogX: false,
        isLogY: false,
        series: [
          {
            ...first,
            label: 'In depth order',
            points: layers.map(({ name, deviation }, i) => ({
              x: i + 1,
              y: deviation,
              note: name,
            })),
          },
          {
            ...first,
            label: 'Sorted by size',
            colour: 1,
            points: sorted.map(({ name, deviation }, i) => ({
              x: i + 1,
              y: deviation,
              note: name,
            })),
          },
        ],
      },
      ...(ratios.length === 0
        ? []
        : [
            {
              kind: 'points' as const,
              id: 'ratios',
              title: 'Branch against input, ‖F(x)‖ / ‖x‖',
              xTitle: 'Block, in depth order',
              yTitle: '‖F(x)‖ / ‖x‖',
              isLogX: false,
              isLogY: false,
              series: [
                {
                  ...first,
                  label: 'Mean over images',
                  points: ratios.map(({ name, ratio }, i) => ({ x: i + 1, y: ratio, note: name })),
                },
              ],
            },
          ]),
    ],
    tables: [],
  };
}
