import { describe, expect, it } from 'vitest';
import { drawPoints, fitClass, NESTED, NOT_NESTED, TARGETS } from './function-classes.ts';
import { advance, startOf } from './live-training.svelte.ts';
import { NO_STARTS, withStart } from './many-starts.ts';
import { drawLayers } from './scalar-network.ts';
import {
  drawsSentence,
  fitsSentence,
  lineText,
  numberText,
  startsSentence,
  trainingSentence,
} from './sentences.ts';

describe('sentences about the scalar network', () => {
  it('write lines with their sign', () => {
    expect(lineText({ slope: 4, offset: 3 })).toBe('4.00x + 3.00');
    expect(lineText({ slope: -0.5, offset: -3 })).toBe('−0.50x − 3.00');
    expect(numberText(-0.001)).toBe('0.00');
    expect(numberText(Number.NaN)).toBe('not a number');
  });

  it('say since when a training is solved, and what the last four layers do', () => {
    const options = { wiring: 'shortcut', rate: 0.02, steps: 2000 } as const;
    const trace = advance(startOf(drawLayers(0, 0.3), 'shortcut'), options);
    expect(trace.losses).toHaveLength(trace.steps + 1);
    expect(trace.losses[trace.solvedAt ?? -1]).toBeLessThan(1e-3);
    expect(trace.losses[(trace.solvedAt ?? 0) - 1]).toBeGreaterThanOrEqual(1e-3);
    const said = trainingSentence('shortcut', trace);
    expect(said).toMatch(/^With the shortcut the network computes 4\.00x \+ 3\.00 after \d+ steps/);
    expect(said).toContain(`below 0.001 since step ${trace.solvedAt}`);
    expect(said).toContain('the 4 under the shortcut add');
  });

  it('say that a training diverged', () => {
    const options = { wiring: 'plain', rate: 5, steps: 1000 } as const;
    const trace = advance(startOf(drawLayers(1, 2), 'plain'), options);
    expect(trainingSentence('plain', trace)).toContain('diverged');
  });

  it('count starts of both networks with an interval', () => {
    const setting = { deviation: 0.1, rate: 0.02, steps: 500 };
    let tally = NO_STARTS;
    for (let seed = 5; seed < 15; seed++) tally = withStart(tally, seed, setting);
    expect(tally.n).toBe(10);
    for (const { solved, unsolved, diverged } of [tally.plain, tally.shortcut]) {
      expect(solved + unsolved + diverged).toBe(10);
    }
    expect(startsSentence(tally, 5)).toBe(
      'From seeds 5 to 14, the network reached a loss below 0.001 from 10 of 10 (95 % interval 72–100 %) starts with the shortcut and from 0 of 10 (95 % interval 0–28 %) without it.',
    );
  });
});

describe('sentences about function classes', () => {
  it('compare each class with the one before', () => {
    const [line] = TARGETS;
    if (!line) throw new Error('There is no target.');
    const points = drawPoints(line, { count: 20, noise: 0.3, seed: 0 });
    const said = (classes: typeof NESTED): string =>
      fitsSentence(
        classes.map((of) => fitClass(of, points)),
        points,
      );
    expect(said(NESTED)).toMatch(
      /^Quadratic fits no worse than linear .*, cubic fits no worse than quadratic/,
    );
    expect(said(NOT_NESTED)).toMatch(/^Even fits worse than linear/);
    expect(drawsSentence({ nested: 0, notNested: 7 }, 200)).toContain('in none of 200');
  });
});
