import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AHEAD,
  descend,
  drawLayers,
  endingOf,
  gradientOf,
  lastFour,
  LAYER_COUNT,
  lossOf,
  outputOf,
  SOLVED_LOSS,
  TARGET,
  train,
  type Layer,
  type Wiring,
} from './scalar-network.ts';

const WIRINGS: readonly Wiring[] = ['plain', 'shortcut'];
const value = fc.double({ min: -1.5, max: 1.5, noNaN: true });
const layersOf = fc.array(fc.record({ weight: value, bias: value }), {
  minLength: LAYER_COUNT,
  maxLength: LAYER_COUNT,
});

/** The loss as it is defined: point by point, layer by layer. */
function lossByPoints(layers: readonly Layer[], wiring: Wiring): number {
  const places = Array.from({ length: 21 }, (_, i) => -1 + i / 10);
  const squares = places.map((x) => {
    let h = x;
    let kept = x;
    layers.forEach(({ weight, bias }, i) => {
      if (i === AHEAD) kept = h;
      h = weight * h + bias;
    });
    const y = wiring === 'shortcut' ? kept + h : h;
    return (y - (TARGET.slope * x + TARGET.offset)) ** 2;
  });
  return squares.reduce((sum, square) => sum + square, 0) / squares.length;
}

describe.each(WIRINGS)('the scalar network, %s', (wiring) => {
  it('has the loss of its points', () => {
    fc.assert(
      fc.property(layersOf, (layers) => {
        const expected = lossByPoints(layers, wiring);
        expect(lossOf(layers, wiring)).toBeCloseTo(expected, 8);
      }),
    );
  });

  it('has the gradient of finite differences', () => {
    const step = 1e-5;
    fc.assert(
      fc.property(
        layersOf,
        fc.nat(LAYER_COUNT - 1),
        fc.constantFrom('weight' as const, 'bias' as const),
        (layers, at, name) => {
          const moved = (by: number): number =>
            lossOf(
              layers.map((layer, i) => (i === at ? { ...layer, [name]: layer[name] + by } : layer)),
              wiring,
            );
          const slope = (moved(step) - moved(-step)) / (2 * step);
          const found = gradientOf(layers, wiring)[at]?.[name] ?? Number.NaN;
          expect(Math.abs(found - slope)).toBeLessThan(1e-5 * (1 + Math.abs(slope)));
        },
      ),
    );
  });

  it('goes downhill with small steps', () => {
    fc.assert(
      fc.property(layersOf, (layers) => {
        const before = lossOf(layers, wiring);
        const after = lossOf(descend(layers, wiring, 1e-7), wiring);
        expect(after).toBeLessThanOrEqual(before * (1 + 1e-12));
      }),
    );
  });
});

describe('training the scalar network', () => {
  it('draws the same layers from the same seed, others from another', () => {
    expect(drawLayers(3, 0.5)).toEqual(drawLayers(3, 0.5));
    expect(drawLayers(3, 0.5)).not.toEqual(drawLayers(4, 0.5));
  });

  it('leaves nothing to do with a shortcut over zeros, but no way without one', () => {
    const solved = [
      { weight: 4, bias: 3 },
      { weight: 1, bias: 0 },
      ...Array.from({ length: 4 }, () => ({ weight: 0, bias: 0 })),
    ];
    expect(outputOf(solved, 'shortcut')).toEqual(TARGET);
    expect(lastFour(solved)).toEqual({ slope: 0, offset: 0 });
    expect(lossOf(solved, 'shortcut')).toBe(0);
    expect(outputOf(solved, 'plain')).toEqual({ slope: 0, offset: 0 });
  });

  it('ends solved only below the loss that counts as solved', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.constantFrom(...WIRINGS), (seed, wiring) => {
        const { layers, loss } = train(drawLayers(seed, 0.5), { wiring, rate: 0.02, steps: 500 });
        expect(loss).toBe(lossOf(layers, wiring));
        expect(endingOf(loss) === 'solved').toBe(loss < SOLVED_LOSS);
      }),
      { numRuns: 40 },
    );
  });

  it('says that training diverged where the rate is too large', () => {
    const { loss, steps } = train(drawLayers(1, 2), { wiring: 'plain', rate: 5, steps: 1000 });
    expect(endingOf(loss)).toBe('diverged');
    expect(steps).toBeLessThan(1000);
  });
});
