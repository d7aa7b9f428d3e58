// Collects series points between two messages to the host.
import type { TrainEvent } from '../../shared/contract/trainer.ts';

type Series = Extract<TrainEvent, { kind: 'points' }>['series'];

export interface SeriesDescription {
  readonly name: string;
  readonly unit: string;
  /** One per component of a vector series. */
  readonly labels?: readonly string[];
}

interface Pending extends SeriesDescription {
  readonly steps: number[];
  readonly elapsedMs: number[];
  readonly values: number[];
  readonly width: number;
}

export class PointBuffer {
  private pending = new Map<string, Pending>();

  add(
    series: SeriesDescription,
    at: { readonly step: number; readonly elapsedMs: number },
    values: ArrayLike<number>,
  ): void {
    let entry = this.pending.get(series.name);
    if (!entry) {
      entry = { ...series, width: values.length, steps: [], elapsedMs: [], values: [] };
      this.pending.set(series.name, entry);
    }
    entry.steps.push(at.step);
    entry.elapsedMs.push(at.elapsedMs);
    for (let i = 0; i < values.length; i++) entry.values.push(values[i] ?? Number.NaN);
  }

  /** Everything since the last call. */
  take(): Series {
    const series = [...this.pending.values()].map(
      ({ name, unit, labels, width, steps, elapsedMs, values }) => ({
        name,
        unit,
        width,
        steps,
        elapsedMs,
        values: new Float32Array(values),
        ...(labels ? { labels: [...labels] } : {}),
      }),
    );
    this.pending = new Map();
    return series;
  }
}
