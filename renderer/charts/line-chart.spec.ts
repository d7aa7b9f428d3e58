import { expect, test } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { servedApp } from '../testing/served-app.ts';
import { show } from '../testing/show.svelte.ts';
import { plainCurve, type Curve } from './curve.ts';
import LineChart from './LineChart.svelte';
import { DEFAULT_CHART_SETTINGS, LinkedView } from './linked-view.svelte.ts';

const STEPS = 1000;

function falling(id: string, colour: number, end: number): Curve {
  const x = Float64Array.from({ length: STEPS }, (_, i) => i);
  const y = Float32Array.from({ length: STEPS }, (_, i) => end + 2 * Math.exp(-i / 150));
  return plainCurve({ id, label: id, colour }, { x, y });
}

const two = [falling('plain', 0, 1), falling('residual', 1, 0.25)];

function chart(curves: readonly Curve[]) {
  const view = new LinkedView();
  const settings = { ...DEFAULT_CHART_SETTINGS, smoothing: { kind: 'none' as const } };
  const props = { title: 'Training loss', yTitle: 'Loss (nats)', curves, view, settings };
  const { element } = show(
    LineChart,
    { ...props, heightPx: 300 },
    { app: servedApp(), widthPx: 800 },
  );
  return { view, element, inked: () => inkedPixels(element.querySelector('canvas')) };
}

/** Pixels that are not clear: a canvas that nothing was drawn on has none. */
function inkedPixels(canvas: HTMLCanvasElement | null): number {
  const context = canvas?.getContext('2d');
  if (!canvas || !context || canvas.width === 0) return 0;
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  let count = 0;
  for (let i = 3; i < data.length; i += 4) if (data[i] !== 0) count++;
  return count;
}

const plot = page.getByRole('group', { name: /^Training loss: arrow keys/ });
const entry = (name: string) => page.getByRole('button', { name });

test('Curves are drawn, and a click on a name takes one away and brings it back.', async () => {
  const { view, inked } = chart(two);
  await expect.poll(inked).toBeGreaterThan(1000);
  const both = inked();
  await entry('plain').click();
  expect([...view.hidden]).toEqual(['plain']);
  await expect.poll(inked).not.toBe(both);
  await expect.element(entry('plain')).toHaveAttribute('aria-pressed', 'false');
  await entry('plain').click();
  await expect.poll(inked).toBe(both);
});

test('A double click on a name shows it alone.', async () => {
  const { view } = chart([...two, falling('wide', 2, 0.5)]);
  await entry('residual').dblClick();
  await expect.poll(() => [...view.hidden].toSorted()).toEqual(['plain', 'wide']);
});

test('Arrow keys read every curve at a step, and Enter twice zooms into the range between.', async () => {
  const { view, element, inked } = chart(two);
  await expect.poll(inked).toBeGreaterThan(1000);
  (plot.element() as HTMLElement).focus();
  await userEvent.keyboard('{Shift>}{ArrowRight}{ArrowRight}{/Shift}');
  await expect.poll(() => view.cursor).toBeGreaterThan(0);
  const step = Math.round(view.cursor ?? 0);
  const value = (end: number) => end + 2 * Math.exp(-step / 150);
  await expect
    .poll(() => element.textContent)
    .toContain(value(0.25).toPrecision(4).replace(/0+$/, ''));
  await userEvent.keyboard('{Enter}{Shift>}{ArrowRight}{ArrowRight}{/Shift}{Enter}');
  await expect.poll(() => view.range?.min).toBeCloseTo(step, -1);
  expect(view.range?.max).toBeGreaterThan(step);
  await page.getByRole('button', { name: 'Reset zoom' }).click();
  expect(view.range).toBeNull();
});

test('Without points it says so instead of an empty plot.', async () => {
  const empty = plainCurve(
    { id: 'a', label: 'a', colour: 0 },
    { x: new Float64Array(0), y: new Float32Array(0) },
  );
  chart([empty]);
  await expect.element(page.getByText('No points yet.')).toBeVisible();
});
