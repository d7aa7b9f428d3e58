import { expect, test } from 'vitest';
import { figureCurve } from './figure-curve.ts';
import { drawLines } from './line-figure.ts';
import { lineFigureJson, lineFigureOf } from './line-json.ts';
import type { LineFigure } from './line-model.ts';

const x = Float64Array.from({ length: 50 }, (_, i) => i);
/** With few digits, so that none is lost in the JSON. */
const wave = (phase: number) => x.map((at) => Math.round(200 + 100 * Math.sin(at + phase)) / 100);
const line = (phase: number) => ({ x, y: Float32Array.from(wave(phase)) });

const figure: LineFigure = {
  label: 'Loss',
  xTitle: 'Step',
  yTitle: 'nats',
  xKind: 'step',
  isLogY: true,
  curves: [
    figureCurve(
      { label: 'a </script>', colour: 2, isDashed: true },
      {
        line: line(0),
        band: { low: line(1).y, high: line(2).y, half: line(3).y },
        members: [line(1), line(2)],
      },
    ),
    figureCurve(
      { label: 'b', colour: 'neutral', isDashed: false },
      { line: line(3), raw: line(4) },
    ),
  ],
};

test('what comes back from the JSON is drawn as before', () => {
  expect(drawLines(lineFigureOf(lineFigureJson(figure))).svg).toBe(drawLines(figure).svg);
});

test('curves that share their places of x hold them once, and a gap stays a gap', () => {
  const y = Float32Array.from([1, Number.NaN, 3]);
  const places = Float64Array.from([10.5, 11.5, 12.5]);
  const two = ['a', 'b'].map((label) =>
    figureCurve({ label, colour: 0, isDashed: false }, { line: { x: places, y } }),
  );
  const json = lineFigureJson({ ...figure, curves: two });
  expect(json.match(/11\.5/g)).toHaveLength(1);
  expect(Array.from(lineFigureOf(json).curves[1]!.line.y)).toEqual([1, Number.NaN, 3]);
});

test('a zoomed figure is drawn from the part in view alone, to its edges', () => {
  const whole = drawLines(figure);
  const part = drawLines({ ...figure, xRange: { min: 10, max: 12 } });
  expect(part.plot.x).toMatchObject({ min: 10, max: 12 });
  expect(part.svg.length).toBeLessThan(whole.svg.length / 2);
  expect(part.svg).not.toContain('NaN');
});

test('a hidden curve is in the legend only, and the vertical axis does not make room for it', () => {
  const far = figureCurve(
    { label: 'far', colour: 0, isDashed: false },
    { line: { x, y: line(0).y.map((v) => v * 1e4) } },
  );
  const both = { ...figure, curves: [...figure.curves, far] };
  const shown = drawLines({ ...both, hidden: new Set([2]) });
  expect(shown.svg).toContain('data-legend="2"');
  expect(shown.svg).not.toContain('data-curve="2"');
  expect(shown.plot.y.max).toBe(drawLines(figure).plot.y.max);
});

test('a logarithmic x begins at what can be drawn on it', () => {
  const { svg, plot } = drawLines({ ...figure, isLogX: true });
  expect(plot.x.min).toBe(1);
  expect(svg).not.toMatch(/NaN|Infinity/);
});
