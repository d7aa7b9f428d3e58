// Curves that were made before from the very same data, so that one more run on the charts costs one more
// curve, not all of them again. Pure but for what it remembers.
import type { CurveData } from '../../shared/curves/curve-data.ts';
import { curveOf, type Curve, type CurveName } from './curve.ts';

interface Made {
  readonly data: CurveData;
  readonly name: string;
  readonly curve: Curve;
}

export class CurveMemory {
  readonly #made = new Map<string, Made>();

  curve(name: CurveName, data: CurveData): Curve {
    const known = this.#made.get(name.id);
    const written = JSON.stringify(name);
    if (known?.data === data && known.name === written) return known.curve;
    const curve = curveOf(name, data);
    this.#made.set(name.id, { data, name: written, curve });
    return curve;
  }

  /** Forgets all curves but these. */
  keepOnly(ids: ReadonlySet<string>): void {
    for (const id of this.#made.keys()) if (!ids.has(id)) this.#made.delete(id);
  }
}
