// Thinned-out series that were asked for before, while they are still whole: a page that is opened
// again, or the next one, gets fifty long runs without reading fifty long runs. Holds no more than a
// fixed amount of memory; the longest unused goes first.
import type { SeriesInfo, SeriesOverview } from '../../store/series.ts';

const MOST_BYTES = 64 * 1024 * 1024;

interface Kept extends SeriesOverview {
  readonly lastStep: number;
  readonly sizeBytes: number;
}

export class SeriesOverviews {
  /** In order of use, the longest unused first. */
  readonly #kept = new Map<string, Kept>();
  #sizeBytes = 0;
  readonly #mostBytes: number;

  constructor(mostBytes = MOST_BYTES) {
    this.#mostBytes = mostBytes;
  }

  /** Undefined unless it was made from exactly the points that the series has now. */
  find(runId: string, info: SeriesInfo, maxPoints: number): SeriesOverview | undefined {
    const key = keyOf(runId, info.name, maxPoints);
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    this.#kept.delete(key);
    if (kept.pointCount !== info.pointCount || kept.lastStep !== info.lastStep) {
      this.#sizeBytes -= kept.sizeBytes;
      return undefined;
    }
    this.#kept.set(key, kept);
    return kept;
  }

  keep(runId: string, maxPoints: number, overview: SeriesOverview): void {
    const { thinned, pointCount } = overview;
    const { steps, elapsedMs, values } = thinned;
    // A view of a whole series would keep the whole series alive.
    if (steps.length === pointCount) return;
    const lastStep = steps.at(-1) ?? -1;
    const sizeBytes = steps.byteLength + elapsedMs.byteLength + values.byteLength;
    const key = keyOf(runId, thinned.name, maxPoints);
    this.#sizeBytes += sizeBytes - (this.#kept.get(key)?.sizeBytes ?? 0);
    this.#kept.delete(key);
    this.#kept.set(key, { thinned, pointCount, lastStep, sizeBytes });
    for (const [oldest, { sizeBytes: size }] of this.#kept) {
      if (this.#sizeBytes <= this.#mostBytes) break;
      this.#kept.delete(oldest);
      this.#sizeBytes -= size;
    }
  }
}

function keyOf(runId: string, name: string, maxPoints: number): string {
  return `${runId} ${maxPoints} ${name}`;
}
