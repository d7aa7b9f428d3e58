// The confusion matrix as a picture: rows are labels and sum to 100 %, columns predictions. Pure.
import {
  cellSentence,
  confusionCells,
  WRITTEN_CLASSES,
  type Confusion,
} from '../compare/confusion.ts';
import { readableOn, toCss, viridis } from './colour-maps.ts';
import { element, picture, shortened, text, tip } from './svg.ts';

export interface ConfusionFigure {
  readonly label: string;
  readonly confusion: Confusion;
  /** Numbers of the classes to show, from top and left on. */
  readonly order: readonly number[];
}

const LEFT = 128;
const NAMES = 112;
const TITLE = 18;
const BAR = 84;
const LARGEST_CELL = 36;
/** More names than these would stand upon each other. */
const NAMED_CLASSES = 60;

export function drawConfusion({ label, confusion, order }: ConfusionFigure, width = 720): string {
  const side = Math.max(1, order.length);
  const cell = Math.min(LARGEST_CELL, (width - LEFT - BAR) / side);
  const top = TITLE + NAMES;
  const height = top + Math.max(side * cell, 120) + 8;
  const cells = confusionCells(confusion, order).map((one, i) => {
    const x = LEFT + (i % side) * cell;
    const y = top + Math.floor(i / side) * cell;
    const colour = viridis(one.share);
    const square = element(
      'rect',
      {
        x,
        y,
        width: cell - (cell > 6 ? 1 : 0),
        height: cell - (cell > 6 ? 1 : 0),
        fill: toCss(colour),
      },
      tip(cellSentence(one)),
    );
    if (side > WRITTEN_CLASSES || one.count === 0) return square;
    const number = text(String(one.count), {
      ...{ x: x + cell / 2, y: y + cell / 2 + 4, 'text-anchor': 'middle', 'font-size': 11 },
      ...{ fill: readableOn(colour), 'pointer-events': 'none' },
    });
    return square + number;
  });
  const names =
    order.length > NAMED_CLASSES ? [] : order.map((index) => confusion.classes[index] ?? '');
  const size = Math.min(12, Math.max(7, cell - 2));
  return picture(
    { width, height },
    label,
    text('Predicted', { x: LEFT, y: 12, 'font-size': 11 }),
    text('Label', { x: LEFT - 8, y: top - 6, 'text-anchor': 'end', 'font-size': 11 }),
    ...cells,
    ...names.flatMap((name, i) => {
      const middle = (i + 0.5) * cell;
      const [x, y] = [LEFT + middle + size / 3, top - 5];
      return [
        text(shortened(name, LEFT - 10), {
          ...{ x: LEFT - 6, y: top + middle + size / 3, 'text-anchor': 'end', 'font-size': size },
        }),
        text(shortened(name, NAMES), {
          ...{ x, y, 'font-size': size, transform: `rotate(-90 ${x} ${y})` },
        }),
      ];
    }),
    shareBar(LEFT + side * cell + 18, top),
  );
}

function shareBar(x: number, top: number): string {
  const heightPx = 100;
  const steps = 50;
  const cells = Array.from({ length: steps }, (_, i) =>
    element('rect', {
      ...{ x, y: top + (1 - (i + 1) / steps) * heightPx, width: 12 },
      ...{ height: heightPx / steps + 0.5, fill: toCss(viridis((i + 0.5) / steps)) },
    }),
  );
  const tick = (words: string, y: number): string =>
    text(words, { x: x + 16, y, 'font-size': 11, fill: 'var(--text-3)' });
  return [
    ...cells,
    tick('100 %', top + 9),
    tick('0 %', top + heightPx),
    tip('Share of the images in a row'),
  ].join('');
}
