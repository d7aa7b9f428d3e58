// How large the responses of all convolutions are, a curve a group or a moment (He et al. 2015, figure 7).
// Pure: the app, the report and its exports draw the same.
import { figureCurve, type FigureCurve } from '../figures/figure-curve.ts';
import type { LineFigure } from '../figures/line-model.ts';

export interface ResponseCurve extends Pick<FigureCurve, 'label' | 'colour' | 'isDashed'> {
  /** One a convolution, in depth order. */
  readonly values: Float32Array;
}

export function responseFigure(curves: readonly ResponseCurve[], isSorted: boolean): LineFigure {
  return {
    label: isSorted ? 'Responses sorted by size' : 'Responses by layer',
    xTitle: isSorted ? 'Convolution by size of its response' : 'Convolution in depth order',
    yTitle: 'Standard deviation',
    curves: curves.map(({ values, ...named }) => {
      const x = Float64Array.from(values, (_, i) => i + 1);
      const y = isSorted ? values.toSorted((a, b) => b - a) : values;
      return figureCurve(named, { line: { x, y } });
    }),
  };
}
