// What layer responses of one network say. Pure.
import type { Finding } from '../../../shared/contract/findings.ts';
import type { ProbeValuesOf } from '../../../shared/contract/probes.ts';
import { formatNorm } from '../../../shared/format.ts';
import { lineOf, pointsFigure } from '../points-figure.ts';
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
      pointsFigure({
        id: 'responses',
        title: 'Standard deviation of layer responses',
        xTitle: 'Layer, in depth order or sorted',
        yTitle: 'Standard deviation',
        series: [
          lineOf(
            'In depth order',
            0,
            layers.map(({ name, deviation }, i) => pointAt(i, deviation, name)),
          ),
          lineOf(
            'Sorted by size',
            1,
            sorted.map(({ name, deviation }, i) => pointAt(i, deviation, name)),
          ),
        ],
      }),
      ...(ratios.length === 0 ? [] : [ratioFigure(ratios)]),
    ],
    tables: [],
  };
}

function ratioFigure(ratios: readonly { readonly name: string; readonly ratio: number }[]) {
  return pointsFigure({
    id: 'ratios',
    title: 'Branch against input, ‖F(x)‖ / ‖x‖',
    xTitle: 'Block, in depth order',
    yTitle: '‖F(x)‖ / ‖x‖',
    series: [
      lineOf(
        'Mean over images',
        0,
        ratios.map(({ name, ratio }, i) => pointAt(i, ratio, name)),
      ),
    ],
  });
}

function pointAt(index: number, y: number, note: string) {
  return { x: index + 1, y, note };
}
