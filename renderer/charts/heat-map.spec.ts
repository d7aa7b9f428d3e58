import { expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { show } from '../testing/show.svelte.ts';
import { heatFrame } from './heat-paint.ts';
import HeatMap from './HeatMap.svelte';

const UNITS = ['stem', 'block 1', 'block 2', 'block 3'];
const HEIGHT = 320;
const WIDTH = 800;

/** Block 2 has a gradient ten thousand times that of the others. */
function map() {
  const samples = 20;
  const values = Float32Array.from({ length: samples * UNITS.length }, (_, i) =>
    i % UNITS.length === 2 ? 100 : 0.01,
  );
  const source = { steps: Int32Array.from({ length: samples }, (_, i) => i), values, width: 4 };
  const columns = UNITS.map((name, i) => ({ name, from: i / 4, to: (i + 1) / 4 }));
  const chosen: string[] = [];
  const { element } = show(
    HeatMap,
    {
      ...{ source, columns, stages: [], quantity: 'Gradient norm', label: 'Gradients' },
      ...{ isLive: false, selected: new Set<string>(), heightPx: HEIGHT },
      onSelect: (name: string) => void chosen.push(name),
    },
    { widthPx: WIDTH },
  );
  return { element, chosen };
}

const { left, right, top, bottom } = heatFrame(WIDTH, HEIGHT);
const middle = (column: number) => ({
  x: left + ((column + 0.5) / UNITS.length) * (right - left),
  y: (top + bottom) / 2,
});

function colourAt(element: HTMLElement, { x, y }: { readonly x: number; readonly y: number }) {
  const canvas = element.querySelector('canvas');
  const ratio = window.devicePixelRatio;
  const data = canvas?.getContext('2d')?.getImageData(x * ratio, y * ratio, 1, 1).data;
  return [...(data ?? [])].join(' ');
}

const group = page.getByRole('group', { name: /^Gradients: arrow keys/ });

test('Equal values have one colour, a larger one another.', async () => {
  const { element } = map();
  await expect.poll(() => colourAt(element, middle(0))).not.toBe('0 0 0 0');
  expect(colourAt(element, middle(1))).toBe(colourAt(element, middle(3)));
  expect(colourAt(element, middle(2))).not.toBe(colourAt(element, middle(1)));
});

test('The pointer reads the unit and its value, and a click chooses the unit.', async () => {
  const { element, chosen } = map();
  await expect.poll(() => colourAt(element, middle(0))).not.toBe('0 0 0 0');
  await group.hover({ position: middle(2) });
  await expect.element(page.getByText('block 2')).toBeVisible();
  await expect.element(page.getByText('100', { exact: true })).toBeVisible();
  await group.click({ position: middle(1) });
  expect(chosen).toEqual(['block 1']);
});

test('Arrow keys go from unit to unit, Enter chooses.', async () => {
  const { element, chosen } = map();
  await expect.poll(() => colourAt(element, middle(0))).not.toBe('0 0 0 0');
  (group.element() as HTMLElement).focus();
  await userEvent.keyboard('{ArrowRight}{ArrowRight}{Enter}');
  expect(chosen).toEqual(['block 2']);
  await userEvent.keyboard('{Escape}');
  await expect.poll(() => page.getByText('block 2').elements().length).toBe(0);
});
