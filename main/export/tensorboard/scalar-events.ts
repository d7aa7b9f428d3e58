// Points of series as TensorBoard's scalar events, with a tag for each block where a point has a number for
// each of them. Pure.
import { encodeEvent, type EventMessage, type ValueMessage } from './event-messages.ts';
import { frameRecord } from './tfrecord.ts';

/** The first event of every file. */
export const FILE_VERSION = 'brain.Event:2';

export interface ScalarSeries {
  readonly name: string;
  /** One for each number of a point; empty for a scalar. */
  readonly labels?: readonly string[];
  readonly steps: ArrayLike<number>;
  readonly elapsedMs: ArrayLike<number>;
  /** Row-major [points, labels]. */
  readonly values: ArrayLike<number>;
}

export function* versionRecords(wallSeconds: number): Generator<Uint8Array> {
  yield record({ wallTime: wallSeconds, fileVersion: FILE_VERSION });
  // A reader that has followed an older file of this run forgets it: all of it comes again.
  yield record({ wallTime: wallSeconds, step: 0, sessionLog: { status: 1 } });
}

export function record(event: EventMessage): Uint8Array {
  return frameRecord(encodeEvent(event));
}

/**
 * In the order of steps, as TensorBoard expects them; what belongs to one step and moment is one event.
 * `clock`: from training time to ms since 1970.
 */
export function* scalarRecords(
  series: readonly ScalarSeries[],
  clock: (elapsedMs: number) => number,
): Generator<Uint8Array> {
  const cursors = series.map((one) => ({ one, at: 0, tags: tagsOf(one) }));
  for (;;) {
    const step = cursors.reduce(
      (least, { one, at }) => Math.min(least, one.steps[at] ?? Infinity),
      Infinity,
    );
    if (step === Infinity) return;
    const moments = new Map<number, ValueMessage[]>();
    for (const cursor of cursors) {
      const { one, at, tags } = cursor;
      if (one.steps[at] !== step) continue;
      cursor.at++;
      const elapsedMs = one.elapsedMs[at] ?? 0;
      const values = moments.get(elapsedMs) ?? [];
      moments.set(elapsedMs, values);
      tags.forEach((tag, i) => {
        values.push({ tag, simpleValue: one.values[at * tags.length + i] ?? Number.NaN });
      });
    }
    for (const [elapsedMs, value] of moments) {
      yield record({ wallTime: clock(elapsedMs) / 1000, step, summary: { value } });
    }
  }
}

/** `block/gradient-norm/layer1.0` */
export function tagsOf({ name, labels = [] }: ScalarSeries): readonly string[] {
  return labels.length === 0 ? [name] : labels.map((label) => `${name}/${label}`);
}
