import { expect, test } from 'vitest';
import { guessStudy } from '../../shared/compare/fairness.ts';
import { groupRuns } from '../../shared/compare/groups.ts';
import { metricMeasure } from '../../shared/compare/measure.ts';
import { madeSeeds, type MadeRun } from '../../shared/compare/testing/made-run.ts';
import { summaryPieces } from './summary.ts';

/** The first variant is the baseline. */
function said(...variants: readonly (readonly [MadeRun, readonly number[]])[]): string[] {
  const groups = groupRuns(variants.flatMap(([given, values]) => madeSeeds(given, values)));
  const pieces = summaryPieces({
    ...{ groups, measure: metricMeasure('val/accuracy', 'best'), spread: 'sd', lastK: 5 },
    ...{ study: guessStudy(groups), baselineKey: groups[0]!.key },
  });
  return pieces.flatMap((piece) =>
    piece.kind === 'paragraph' ? [`${piece.isWarning ? '! ' : ''}${piece.text}`] : [],
  );
}

const base = [{ name: 'plain', shortcut: 'none' }, [0.9, 0.91, 0.906]] as const;

test('the best variant is named with its mean, its lead over the baseline and how sure that is', () => {
  const [text] = said(base, [{ name: 'residual' }, [0.95, 0.96, 0.955]]);
  expect(text).toMatch(
    /^residual has the highest best validation accuracy: 95\.5 ± 0\.5 % \(mean ± standard deviation, n = 3 seeds\)\. That is \+4\.97 percentage points against the baseline plain \(95 % CI .*\): more than chance explains\.$/,
  );
});

test('with too few seeds nothing is said about better or worse', () => {
  const [text] = said(base, [{ name: 'residual' }, [0.99, 0.98]]);
  expect(text).toContain('nothing can be said about better or worse than plain');
  expect(text).not.toContain('chance explains');
});

test('what may be chance is called that, and the baseline may be the best itself', () => {
  const [chance] = said(base, [{ name: 'residual' }, [0.911, 0.9, 0.92]]);
  expect(chance).toContain('which can be chance');
  const [own] = said(base, [{ name: 'residual' }, [0.7, 0.71, 0.705]]);
  expect(own).toContain('plain has the highest');
  expect(own).toContain('It is the baseline. residual is worse than plain (−20.0 pp).');
});

test('an unfair comparison claims nothing and says why', () => {
  const recipe = { length: { kind: 'epochs', epochs: 90 } };
  const found = said(base, [{ name: 'residual', recipe }, [0.95, 0.96, 0.955]]);
  expect(found[0]).not.toContain('chance explains');
  expect(found[1]).toMatch(/^! This comparison is not fair.*trained for different lengths/);
});
