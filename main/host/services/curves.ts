// Curves for the page's charts. Queries only.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CurveData } from '../../../shared/curves/curve-data.ts';
import type { Line } from '../../../shared/stats/band.ts';
import type { Library } from '../../store/library.ts';
import { curveReaderOf } from '../curve-reader.ts';
import type { HandlersOf } from './handlers.ts';

export function createCurveService(library: Library): HandlersOf<'curves'> {
  const reader = curveReaderOf(library);
  return {
    'curves.read': async ({ curves }, { signal }) => {
      const read: (CurveData | null)[] = [];
      for (const request of curves) {
        // Nobody waits for the rest of a call that was cancelled.
        read.push(signal.aborted ? null : reader.read(request));
        // A long curve takes its time to be read and smoothed, and others have questions, too.
        await nextTurn();
      }
      return { curves: read.map((curve) => curve && writable(curve)) };
    },
  };
}

/** In arrays of its own: those that are read may be views of a growing series. */
function writable({ line, raw, band, thin, ...rest }: CurveData) {
  return {
    ...rest,
    line: copied(line),
    raw: raw && copied(raw),
    band: band && {
      low: new Float32Array(band.low),
      high: new Float32Array(band.high),
      half: new Float32Array(band.half),
    },
    thin: thin.map((one) => ({
      ...one,
      line: copied(one.line),
      raw: one.raw && copied(one.raw),
    })),
  };
}

function copied({ x, y }: Line) {
  return { x: new Float64Array(x), y: new Float32Array(y) };
}
