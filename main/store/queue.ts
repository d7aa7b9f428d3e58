// The queue of runs: which wait, in which order, and which are being trained on which device. It
// outlives the process that trains them. Decides nothing about devices: that is the host's business.
import { z } from 'zod';
import { inputError } from '../../shared/errors.ts';
import type { Connection, Session } from './connection.ts';
import { readRow } from './json-column.ts';
import { livenessOf } from '../system/process-identity.ts';

/** What a process that does not train a run asks of the one that does. */
export const queueWishes = ['pause', 'stop', 'cancel'] as const;
export type QueueWish = (typeof queueWishes)[number];

export interface QueueEntry {
  readonly id: string;
  /** Null while it waits. */
  readonly device: string | null;
  readonly wish: QueueWish | null;
  /** The process that trains it is gone, or let go of it to go on later. */
  readonly isAbandoned: boolean;
  /** Abandoned without having let go: the process was killed, or the machine went down. */
  readonly hasDied: boolean;
  /** How often in a row it was put back after that without getting further. */
  readonly recoveries: number;
  /** The step it had when it was last put back because its process was gone. */
  readonly recoveredAtStep: number | null;
}

export interface QueueReader {
  /** In order; entries that are being trained come first. */
  list(): readonly QueueEntry[];
}

export interface QueueWriter {
  /** Puts runs into the queue, in this order; those already waiting are moved. */
  add(ids: readonly string[], where: 'front' | 'back'): void;
  /** Moves a waiting run to a place among those that wait, from 0. */
  move(id: string, position: number): void;
  /** The run has left its place for a device. */
  assign(id: string, device: string): void;
  ask(id: string, wish: QueueWish): void;
  /** Back to the front of those that wait, because its process is gone. */
  recover(id: string, step: number, recoveries: number): void;
  /** Takes a run out; harmless if it is not in. */
  remove(id: string): void;
}

export function createQueueReader(connection: Connection): QueueReader {
  return {
    list: () =>
      connection.read((session) =>
        session
          .all(
            `SELECT runs.id, runs.owner, queue.device, queue.wish, queue.recovered_at_step,
                    queue.recoveries
               FROM queue JOIN runs ON runs.run = queue.run
               WHERE runs.deleted_at IS NULL
               ORDER BY queue.device IS NULL, queue.place, queue.run`,
          )
          .map(toEntry),
      ),
  };
}

export function createQueueWriter(connection: Connection): QueueWriter {
  const place = (session: Session, ids: readonly string[], where: 'front' | 'back'): void => {
    const ends = session.first('SELECT min(place) AS low, max(place) AS high FROM queue');
    const low = Number(ends?.['low'] ?? 0);
    const high = Number(ends?.['high'] ?? 0);
    ids.forEach((id, i) => {
      const at = where === 'front' ? low - ids.length + i : high + 1 + i;
      session.run(
        `INSERT INTO queue (run, place) SELECT run, ? FROM runs WHERE id = ?
           ON CONFLICT (run) DO UPDATE SET place = excluded.place, device = NULL, wish = NULL`,
        [at, id],
      );
    });
  };
  const set = (id: string, assignment: string, values: (string | number)[]): void => {
    connection.write((session) => {
      session.run(
        `UPDATE queue SET ${assignment} WHERE run = (SELECT run FROM runs WHERE id = ?)`,
        [...values, id],
      );
    });
  };
  return {
    add: (ids, where) => connection.write((session) => place(session, ids, where)),
    move: (id, position) =>
      connection.write((session) => {
        const waiting = session
          .all(
            `SELECT runs.id FROM queue JOIN runs ON runs.run = queue.run
               WHERE queue.device IS NULL AND runs.deleted_at IS NULL
               ORDER BY queue.place, queue.run`,
          )
          .map((row) => String(row['id']));
        if (!waiting.includes(id)) throw notWaiting(id);
        const others = waiting.filter((other) => other !== id);
        others.splice(Math.min(position, others.length), 0, id);
        place(session, others, 'back');
      }),
    assign: (id, device) => set(id, 'device = ?, wish = NULL', [device]),
    ask: (id, wish) => set(id, 'wish = ?', [wish]),
    recover: (id, step, recoveries) =>
      connection.write((session) => {
        place(session, [id], 'front');
        set(id, 'recovered_at_step = ?, recoveries = ?', [step, recoveries]);
      }),
    remove: (id) =>
      connection.write((session) => {
        session.run('DELETE FROM queue WHERE run = (SELECT run FROM runs WHERE id = ?)', [id]);
      }),
  };
}

const queueRow = z.object({
  id: z.string(),
  owner: z.string().nullable(),
  device: z.string().nullable(),
  wish: z.enum(queueWishes).nullable(),
  recovered_at_step: z.number().nullable(),
  recoveries: z.number(),
});

function toEntry(row: Parameters<typeof readRow>[0]): QueueEntry {
  const { id, owner, device, wish, recovered_at_step, recoveries } = readRow(
    row,
    queueRow,
    'queue',
  );
  const hasDied = device !== null && owner !== null && livenessOf(owner) === 'gone';
  const isAbandoned = device !== null && (owner === null || hasDied);
  return { id, device, wish, isAbandoned, hasDied, recoveries, recoveredAtStep: recovered_at_step };
}

function notWaiting(id: string): Error {
  return inputError(
    'run-not-waiting',
    `The run ${id} does not wait in the queue, so it has no place that could change.`,
    { details: { id } },
  );
}
