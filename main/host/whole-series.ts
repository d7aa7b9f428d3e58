// All points of scalar and vector series. Those of running runs stay in memory and grow: what came since
// is read, not the run from its start. Others are read anew, which takes a few milliseconds.
import type { Library } from '../store/library.ts';
import type { Series, SeriesInfo, UntimedSeries } from '../store/series.ts';

const MOST_BYTES = 96 * 1024 * 1024;

interface Growing {
  readonly info: Omit<Series, 'steps' | 'elapsedMs' | 'values'>;
  /** With room at their ends; `count` points are there. */
  steps: Int32Array;
  elapsedMs: Float64Array;
  values: Float32Array;
  count: number;
}

export class WholeSeriesMemory {
  readonly #library: Library;
  readonly #mostBytes: number;
  /** In order of use, the longest unused first. */
  readonly #growing = new Map<string, Growing>();
  #sizeBytes = 0;

  constructor(library: Library, mostBytes = MOST_BYTES) {
    this.#library = library;
    this.#mostBytes = mostBytes;
  }

  /** Arrays of a growing series are views: they keep their points while the series grows. */
  read(
    runId: string,
    info: SeriesInfo,
    { isGrowing, needsTimes }: { readonly isGrowing: boolean; readonly needsTimes: boolean },
  ): Series | UntimedSeries | undefined {
    const key = `${runId} ${info.name}`;
    const known = this.#growing.get(key);
    this.#forget(key);
    const grown = known && isGrowing ? this.#grown(runId, info, known) : undefined;
    if (grown) {
      this.#keep(key, grown);
      return seriesOf(grown);
    }
    if (!isGrowing && !needsTimes) return this.#library.series.readUntimed(runId, info.name);
    const series = this.#library.series.read(runId, info.name);
    if (series && isGrowing) this.#keep(key, growingOf(series));
    return series;
  }

  /** Undefined if the run went back: then it must be read anew. */
  #grown(runId: string, info: SeriesInfo, known: Growing): Growing | undefined {
    const last = known.count - 1;
    const lastStep = known.steps[last] ?? -1;
    const isSame = info.pointCount === known.count && info.lastStep === lastStep;
    if (!isSame && (info.pointCount <= known.count || info.lastStep <= lastStep)) return undefined;
    const more = this.#library.series.read(runId, info.name, { fromStep: lastStep });
    // The same step computed again took another time.
    const isContinued =
      more?.steps[0] === lastStep &&
      more.elapsedMs[0] === known.elapsedMs[last] &&
      known.count + more.steps.length - 1 === info.pointCount;
    if (!more || !isContinued) return undefined;
    append(known, more);
    return known;
  }

  #forget(key: string): void {
    const known = this.#growing.get(key);
    if (known) this.#sizeBytes -= sizeOf(known);
    this.#growing.delete(key);
  }

  #keep(key: string, growing: Growing): void {
    this.#growing.set(key, growing);
    this.#sizeBytes += sizeOf(growing);
    for (const oldest of this.#growing.keys()) {
      if (this.#sizeBytes <= this.#mostBytes) break;
      this.#forget(oldest);
    }
  }
}

function growingOf({ steps, elapsedMs, values, ...info }: Series): Growing {
  return { info, steps, elapsedMs, values, count: steps.length };
}

function seriesOf({ info, steps, elapsedMs, values, count }: Growing): Series {
  return {
    ...info,
    steps: steps.subarray(0, count),
    elapsedMs: elapsedMs.subarray(0, count),
    values: values.subarray(0, count * info.width),
  };
}

/** `more` begins with the last known point. */
function append(known: Growing, more: Series): void {
  const { width } = known.info;
  const added = more.steps.length - 1;
  const count = known.count + added;
  if (count > known.steps.length) {
    const room = Math.ceil(count * 1.5);
    known.steps = withRoom(known.steps, new Int32Array(room));
    known.elapsedMs = withRoom(known.elapsedMs, new Float64Array(room));
    known.values = withRoom(known.values, new Float32Array(room * width));
  }
  known.steps.set(more.steps.subarray(1), known.count);
  known.elapsedMs.set(more.elapsedMs.subarray(1), known.count);
  known.values.set(more.values.subarray(width), known.count * width);
  known.count = count;
}

function withRoom<A extends Int32Array | Float64Array | Float32Array>(from: A, to: A): A {
  to.set(from);
  return to;
}

function sizeOf({ steps, elapsedMs, values }: Growing): number {
  return steps.byteLength + elapsedMs.byteLength + values.byteLength;
}
