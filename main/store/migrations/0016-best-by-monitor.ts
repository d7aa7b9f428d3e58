// The best evaluation is the one that the recipe monitors, so that the record speaks of the best checkpoint;
// before, it was always that of the highest accuracy. Its loss is recorded beside its accuracy. The lowest
// loss of any evaluation, which nothing read, goes.
import { bestMetrics, type Monitor } from '../../../shared/curves/best-evaluation.ts';
import type { Session } from '../connection.ts';
import type { Migration } from '../migration.ts';

export const bestByMonitorMigration: Migration = {
  version: 16,
  name: 'best-by-monitor',
  statements: `
    UPDATE runs SET metrics = json_remove(metrics, '$.lowestValLoss');
  `,
  change: (session) => {
    const runs = session.all(
      `SELECT run, json_extract(spec, '$.recipe.checkpoints.monitor') AS monitor FROM runs
         WHERE json_type(metrics, '$.bestStep') = 'integer'`,
    );
    for (const row of runs) writeBest(session, Number(row['run']), monitorOf(row['monitor']));
  },
};

function writeBest(session: Session, run: number, monitor: Monitor): void {
  const accuracy = pointsOf(session, run, 'val/accuracy');
  const loss = pointsOf(session, run, 'val/loss');
  if (accuracy.steps.join() !== loss.steps.join()) return;
  const { steps } = accuracy;
  const best = bestMetrics(monitor, { steps, accuracy: accuracy.values, loss: loss.values });
  if (best === undefined) return;
  // Only a run that monitors the loss has another best; the others keep the accuracy to its last bit.
  const { bestValLoss } = best;
  const patch = JSON.stringify(monitor === 'loss' ? best : { bestValLoss });
  session.run(`UPDATE runs SET metrics = json_patch(metrics, ?) WHERE run = ?`, [patch, run]);
}

interface Points {
  readonly steps: readonly number[];
  readonly values: readonly number[];
}

function pointsOf(session: Session, run: number, name: string): Points {
  const chunks = session.all(
    `SELECT steps, points FROM chunks JOIN series USING (series)
       WHERE run = ? AND name = ? ORDER BY first_step`,
    [run, name],
  );
  return {
    steps: chunks.flatMap(({ steps }) => numbersOf(steps, (view, at) => view.getInt32(at, true))),
    values: chunks.flatMap(({ points }) =>
      numbersOf(points, (view, at) => view.getFloat32(at, true)),
    ),
  };
}

/** Of four bytes each. */
function numbersOf(bytes: unknown, read: (view: DataView, at: number) => number): number[] {
  if (!(bytes instanceof Uint8Array)) throw new Error('A chunk of points is not made of bytes.');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.byteLength / 4 }, (_, i) => read(view, 4 * i));
}

/** Recipes of before it could be chosen do not say it. */
function monitorOf(value: unknown): Monitor {
  return value === 'loss' ? 'loss' : 'accuracy';
}
