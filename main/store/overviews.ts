// Overviews of long scalar series, kept in step with the points in the same transactions: what
// `overviewOf` makes of the whole series, stored for all but its newest points. Vectors have none; a page
// reads those of one run at a time.
import { appendPoints, readPoints, type ChunkedSeries } from './chunks.ts';
import type { Session } from './connection.ts';
import { OVERVIEW_BUCKET, overviewIndices, picked } from './extremes.ts';
import { joinedPoints, slice, type SeriesPoints } from './series-points.ts';

export interface OverviewedSeries extends ChunkedSeries {
  readonly pointCount: number;
  /** Of its points, how many the stored overview stands for, from the first. */
  readonly overviewPoints: number;
  /** The step of the last of them. */
  readonly overviewStep: number | null;
}

/** So many points are thinned out anew at every reading rather than rewritten at every append. */
const NEWEST_POINTS = 1024;

/** To be called when the series has grown. */
export function extendOverview(session: Session, stored: OverviewedSeries): void {
  const { series, width, pointCount, overviewPoints } = stored;
  if (width !== 1 || pointCount - overviewPoints <= NEWEST_POINTS) return;
  const newest = newestOf(session, stored);
  // Whole buckets, and never the last point: it belongs to an overview only as long as it is the last.
  const count = Math.floor((newest.steps.length - 1) / OVERVIEW_BUCKET) * OVERVIEW_BUCKET;
  const part = slice(newest, 1, 0, count);
  const kept = overviewIndices(part.values, { first: overviewPoints === 0, last: false });
  appendPoints(session, 'overviews', stored, picked(part, kept));
  session.run('UPDATE series SET overview_points = ?, overview_step = ? WHERE series = ?', [
    ...[overviewPoints + count, part.steps.at(-1) ?? null, series],
  ]);
}

/** To be called when points were cut off that the overview may stand for: it is made anew. */
export function remakeOverview(session: Session, stored: OverviewedSeries): void {
  const { series } = stored;
  session.run('DELETE FROM overviews WHERE series = ?', [series]);
  session.run('UPDATE series SET overview_points = 0, overview_step = NULL WHERE series = ?', [
    series,
  ]);
  extendOverview(session, { ...stored, overviewPoints: 0, overviewStep: null });
}

/** What `overviewOf` makes of all points of a scalar series. */
export function readOverview(session: Session, stored: OverviewedSeries): SeriesPoints {
  const newest = newestOf(session, stored);
  const isAll = stored.overviewPoints === 0;
  const kept = picked(newest, overviewIndices(newest.values, { first: isAll, last: true }));
  return isAll ? kept : joinedPoints([readPoints(session, 'overviews', stored), kept]);
}

function newestOf(session: Session, stored: OverviewedSeries): SeriesPoints {
  const { overviewStep } = stored;
  return readPoints(
    session,
    'chunks',
    stored,
    overviewStep === null ? {} : { fromStep: overviewStep + 1 },
  );
}
