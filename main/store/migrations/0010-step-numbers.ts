// Steps are counted from 1 everywhere: points of step n are known after n steps, as checkpoints always said.
// Points and best steps were counted from 0 before. The closing training loss, which depended on how fast a
// run was, is computed anew from the points; runs without points have none.
import { finalMean } from '../../../shared/curves/training-means.ts';
import type { Session } from '../connection.ts';
import type { Migration } from '../migration.ts';

export const stepNumbersMigration: Migration = {
  version: 10,
  name: 'step-numbers',
  statements: `
    UPDATE series SET last_step = last_step + 1, overview_step = overview_step + 1;
    UPDATE runs SET metrics = json_set(metrics, '$.bestStep', json_extract(metrics, '$.bestStep') + 1)
      WHERE json_type(metrics, '$.bestStep') = 'integer';
    UPDATE runs SET metrics = json_remove(metrics, '$.lastTrainLoss', '$.lastTrainAccuracy');
  `,
  change: (session) => {
    shiftSteps(session, 'chunks');
    shiftSteps(session, 'overviews');
    writeFinalMeans(session, 'train/loss', '$.lastTrainLoss');
    writeFinalMeans(session, 'train/accuracy', '$.lastTrainAccuracy');
  },
};

function shiftSteps(session: Session, table: 'chunks' | 'overviews'): void {
  // From the end: a chunk must not meet the number of the next one, which is unique.
  const rows = session.all(`SELECT chunk FROM ${table} ORDER BY series, first_step DESC`);
  for (const { chunk } of rows) {
    const key = Number(chunk);
    const found = session.first(`SELECT steps FROM ${table} WHERE chunk = ?`, [key]);
    const steps = bytesOf(found?.['steps']);
    const view = new DataView(steps.buffer, steps.byteOffset, steps.byteLength);
    for (let at = 0; at + 4 <= steps.byteLength; at += 4) {
      view.setInt32(at, view.getInt32(at, true) + 1, true);
    }
    session.run(
      `UPDATE ${table} SET steps = ?, first_step = first_step + 1, last_step = last_step + 1
         WHERE chunk = ?`,
      [steps, key],
    );
  }
}

function writeFinalMeans(session: Session, series: string, metric: string): void {
  for (const row of session.all('SELECT series, run FROM series WHERE name = ?', [series])) {
    const chunks = session.all(
      // Each chunk is larger than the one after it, so ten hold as many points as the mean takes.
      'SELECT points FROM chunks WHERE series = ? ORDER BY first_step DESC LIMIT 10',
      [Number(row['series'])],
    );
    const mean = finalMean(chunks.reverse().flatMap(({ points }) => floatsOf(bytesOf(points))));
    const value = mean !== undefined && Number.isFinite(mean) ? mean : null;
    session.run('UPDATE runs SET metrics = json_set(metrics, ?, ?) WHERE run = ?', [
      ...[metric, value, Number(row['run'])],
    ]);
  }
}

function floatsOf(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.byteLength / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  throw new Error('A chunk of points is not made of bytes.');
}
