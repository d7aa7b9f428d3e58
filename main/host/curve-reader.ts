// Reads the runs that a curve is made of, all of their points, and draws it: for the page, for reports and
// for exports alike. Queries only; several come from one transaction if the caller opens one.
import { createHash } from 'node:crypto';
import type { CurveRequest } from '../../shared/contract/app/curves.ts';
import { stretchesOf } from '../../shared/contract/run-clock.ts';
import { countsInMean } from '../../shared/compare/condition.ts';
import { experimentKey, splitMembers } from '../../shared/compare/groups.ts';
import { boundsOf } from '../../shared/compare/metric.ts';
import type { CurveData } from '../../shared/curves/curve-data.ts';
import { memberOf, needsTimes } from '../../shared/curves/curve-member.ts';
import { drawnCurve, type CurveMember } from '../../shared/curves/drawn-curve.ts';
import { xContextOf } from '../../shared/curves/run-curves.ts';
import { smoothingFor } from '../../shared/curves/smooth.ts';
import { RunSpec } from '../../shared/spec/run.ts';
import type { Library } from '../store/library.ts';
import type { RunRecord } from '../store/run-record.ts';
import type { SeriesInfo } from '../store/series.ts';
import { CurveMemory } from './curve-memory.ts';
import { stepsPerEpochOf } from './run-series.ts';
import { asObject } from './services/run-rows.ts';
import { WholeSeriesMemory } from './whole-series.ts';

const readers = new WeakMap<Library, CurveReader>();

/** One for a library, so that page and reports share what is remembered. */
export function curveReaderOf(library: Library): CurveReader {
  const reader = readers.get(library) ?? new CurveReader(library);
  readers.set(library, reader);
  return reader;
}

interface Found {
  readonly run: RunRecord;
  readonly info: SeriesInfo;
  readonly isCounted: boolean;
}

export class CurveReader {
  readonly #library: Library;
  readonly #whole: WholeSeriesMemory;
  readonly #curves = new CurveMemory();
  /** Finished runs by id and length: whether their loss stayed a number. */
  readonly #counted = new Map<string, boolean>();

  /** A run's spec never changes. */
  readonly #experiments = new Map<string, string>();

  constructor(library: Library) {
    this.#library = library;
    this.#whole = new WholeSeriesMemory(library);
  }

  /** Null where no run has such points on this axis. Runs that are gone are left out. */
  read(request: CurveRequest): CurveData | null {
    const { runs, series, maxPoints } = request;
    const found = [...new Set(runs)].flatMap((id) => this.#find(id, series));
    const mark = markOf(found);
    const key = JSON.stringify(request);
    const known = this.#curves.find(key, mark);
    if (known) return known;
    const { counted, leftOut } = splitMembers(this.#split(found));
    const members = counted.flatMap((one) => this.#member(one, request));
    const others = leftOut.flatMap((one) => this.#member(one, request));
    if (members.length + others.length === 0) return null;
    const drawn = drawnCurve(
      { counted: members, others },
      { ...request, smoothing: smoothingFor(series, request.smoothing), bounds: boundsOf(series) },
    );
    const curve = { ...drawn, mark };
    // Every point is asked for once, for a file.
    if (maxPoints !== undefined) this.#curves.keep(key, curve);
    return curve;
  }

  #find(id: string, name: string): Found[] {
    const run = this.#library.runs.find(id);
    if (!run) return [];
    const infos = this.#library.series.list(run.id);
    const info = infos.find((one) => one.name === name);
    if (!info || info.pointCount === 0) return [];
    return [{ run, info, isCounted: this.#isCounted(run, infos) }];
  }

  /**
   * Runs of other specs or data than most have no part in the mean, whatever group they are in. Without a
   * single one that finished, what there is of them is all there is to see.
   */
  #split(found: readonly Found[]) {
    const keys = found.length > 1 ? found.map(({ run }) => this.#experimentOf(run)) : [''];
    const countOf = (key: string): number => keys.filter((other) => other === key).length;
    const most = keys.reduce((best, key) => (countOf(key) > countOf(best) ? key : best), '');
    const isOfMost = (i: number): boolean => keys[i] === most;
    const hasFinished = found.some(({ isCounted }, i) => isCounted && isOfMost(i));
    return found.map((one, i) => ({
      ...{ ...one, seed: one.run.seed },
      isCounted: isOfMost(i) && (one.isCounted || !hasFinished),
    }));
  }

  #experimentOf(run: RunRecord): string {
    const known = this.#experiments.get(run.id);
    if (known !== undefined) return known;
    const spec = RunSpec.safeParse(run.spec).data;
    const key = spec ? experimentKey(spec, run.dataFingerprint) : run.id;
    this.#experiments.set(run.id, key);
    return key;
  }

  #isCounted({ id, status }: RunRecord, infos: readonly SeriesInfo[]): boolean {
    if (status !== 'finished') return false;
    const loss = infos.find(({ name }) => name === 'train/loss');
    const key = `${id} ${loss?.pointCount ?? 0}`;
    let isCounted = this.#counted.get(key);
    if (isCounted === undefined) {
      const last = loss && this.#library.series.read(id, loss.name, { fromStep: loss.lastStep });
      isCounted = countsInMean(status, last?.values.at(-1));
      this.#counted.set(key, isCounted);
    }
    return isCounted;
  }

  #member({ run, info }: Found, request: CurveRequest): CurveMember[] {
    // Nobody knows how many images a foreign step is.
    if (run.imported !== null && request.reading === 'throughput') return [];
    const whole = this.#whole.read(run.id, info, {
      isGrowing: run.status === 'running',
      needsTimes: needsTimes(request),
    });
    if (!whole) return [];
    const member = memberOf(whole, request, {
      run: run.id,
      context: { ...xContextOf(run, stepsPerEpochOf(run)), axis: run.imported?.axes[info.name] },
      batch: request.reading === 'throughput' ? batchOf(run) : 1,
    });
    return member ? [member] : [];
  }
}

/** All that a curve depends on besides how it is looked at. */
function markOf(found: readonly Found[]): string {
  const parts = found.map(({ run, info, isCounted }) => [
    ...[run.id, info.pointCount, info.lastStep, isCounted, stepsPerEpochOf(run) ?? null],
    ...stretchesOf(run).flatMap(({ elapsedMs, startedAtMs }) => [elapsedMs, startedAtMs]),
  ]);
  return createHash('sha1').update(JSON.stringify(parts)).digest('base64');
}

function batchOf(run: RunRecord): number {
  const { batch } = asObject(asObject(run.spec)['recipe']);
  return typeof batch === 'number' ? batch : Number.NaN;
}
