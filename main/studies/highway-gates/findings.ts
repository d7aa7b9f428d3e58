// How far the gates of one network open. Pure.
import type { FigureSeries, Finding, FindingFigure } from '../../../shared/contract/findings.ts';
import type { ProbeValuesOf } from '../../../shared/contract/probes.ts';
import { formatExact, formatNorm, formatPercent } from '../../../shared/format.ts';

export type GateValues = ProbeValuesOf<'gates'>;
type Block = GateValues['blocks'][number];

export function findGates(values: GateValues): Finding {
  const { blocks, startBias, gating, examples, split } = values;
  const line = (label: string, colour: number, of: (block: Block) => number | null) => ({
    ...{ label, colour, isDashed: false, isJoined: true },
    points: blocks.map((block, i) => ({ x: i + 1, y: of(block), note: block.name })),
  });
  return {
    sentences: [
      `Gates are open by ${formatNorm(meanOver(values, 'openness'))} on average, over ${formatExact(examples)} ${split} images; 0 is closed, 1 open. ${
        gating === 'exclusive'
          ? 'An open gate lets the branch through, a closed one the input.'
          : 'An open gate keeps the input out; the branch always passes.'
      }`,
      `The class of an image explains ${formatPercent(meanOver(values, 'classShare'))} of the variance of a gate between images, on average over blocks; 0 % is chance.`,
      `${formatPercent(fallenBiases(values))} of the gates’ biases are below ${formatNorm(startBias)}, where they began.`,
    ],
    figures: [
      blockFigure('openness', 'Openness of the gates', 'Mean ± deviation between images', [
        {
          ...line('Mean over images', 0, ({ openness }) => openness),
          points: blocks.map(({ openness, deviation, name }, i) => ({
            ...{ x: i + 1, y: openness, note: name },
            ...(openness === null || deviation === null
              ? {}
              : { low: openness - deviation, high: openness + deviation }),
          })),
        },
      ]),
      classFigure(values),
      blockFigure('class-share', 'Variance that the class explains', 'Share in %', [
        line('Adjusted share', 0, ({ classShare }) => percent(classShare)),
      ]),
      blockFigure('biases', 'Biases of the gates', 'Mean bias', [
        line('Now', 0, ({ bias }) => bias),
        { ...line('At the start', 1, () => startBias), isDashed: true },
      ]),
    ],
    tables: [],
  };
}

/** By how much each class's mean differs from that of all images, as in the paper's figure 3. */
export function classFigure(values: GateValues): FindingFigure {
  const { blocks, classes } = values;
  const known = classes.flatMap(({ examples, name }, at) => (examples > 0 ? [{ at, name }] : []));
  // The first row is the lowest.
  const rows = known.toReversed();
  return {
    kind: 'matrix',
    view: 'map',
    id: 'classes',
    title: 'Openness for each class, against that for all images',
    xTitle: 'Block',
    yTitle: 'Class',
    valueTitle: 'Difference',
    isLog: false,
    colours: 'around-zero',
    hasContours: false,
    columns: blocks.map(({ name }) => name),
    rows: rows.map(({ name }) => name),
    values: rows.flatMap(({ at }) => blocks.map((block) => classDifference(block, at))),
  };
}

export function classDifference({ openness, byClass }: Block, at: number): number | null {
  const own = byClass[at] ?? null;
  return own === null || openness === null ? null : own - openness;
}

export function blockFigure(
  id: string,
  title: string,
  yTitle: string,
  series: readonly FigureSeries[],
): FindingFigure {
  return {
    ...{ kind: 'points', id, title, yTitle, xTitle: 'Block, in depth order' },
    ...{ isLogX: false, isLogY: false, series: [...series] },
  };
}

/** Over the blocks in which it is known. */
export function meanOver({ blocks }: GateValues, what: 'openness' | 'classShare'): number {
  const known = blocks.flatMap((block) => block[what] ?? []);
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** Blocks count alike. */
export function fallenBiases({ blocks }: GateValues): number {
  return blocks.reduce((sum, block) => sum + block.fallenBiases, 0) / blocks.length;
}

export function percent(fraction: number | null): number | null {
  return fraction === null ? null : 100 * fraction;
}
