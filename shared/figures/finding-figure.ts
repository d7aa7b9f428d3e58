// Any figure of a finding as a picture. Pure.
import type { FindingFigure } from '../contract/findings.ts';
import { drawImages } from './images-figure.ts';
import { drawMatrix } from './matrix-figure.ts';
import { drawPoints } from './points-figure.ts';
import { drawSurface } from './surface-figure.ts';

export function drawFinding(figure: FindingFigure): string {
  switch (figure.kind) {
    case 'points':
      return drawPoints(figure);
    case 'matrix':
      return figure.view === 'surface' ? drawSurface(figure) : drawMatrix(figure);
    case 'images':
      return drawImages(figure);
  }
}
