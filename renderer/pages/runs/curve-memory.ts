// Curves that were made before from the very same series, so that one more run on the charts costs one
// more curve, not all of them again. Pure but for what it remembers.
import type { SeriesData } from '../../../shared/contract/app/runs.ts';
import type { Curve } from '../../charts/curve.ts';

interface Made {
  readonly series: readonly SeriesData[];
  readonly settings: string;
  readonly curve: Curve | undefined;
}

export class CurveMemory {
  readonly #made = new Map<string, Made>();

  /** `settings` is all that the curve depends on besides its series. */
  curve(
    id: string,
    from: { readonly series: readonly SeriesData[]; readonly settings: string },
    make: () => Curve | undefined,
  ): Curve | undefined {
    const known = this.#made.get(id);
    const isSame =
      known !== undefined &&
      known.settings === from.settings &&
      known.series.length === from.series.length &&
      known.series.every((one, i) => one === from.series[i]);
    if (isSame) return known.curve;
    const curve = make();
    this.#made.set(id, { ...from, curve });
    return curve;
  }

  /** Forgets all curves but these. */
  keepOnly(ids: ReadonlySet<string>): void {
    for (const id of this.#made.keys()) if (!ids.has(id)) this.#made.delete(id);
  }
}
