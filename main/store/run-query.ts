// A run query as SQL. Pure, so that tests can ask SQLite for the plan of exactly this statement.
import { inputError } from '../../shared/errors.ts';
import type { RunQuery, RunSortKey } from './run-record.ts';
import { selectSummary } from './run-row.ts';

export interface RunStatement {
  readonly sql: string;
  readonly countSql: string;
  readonly values: (string | number)[];
  /** For `countSql`: without order and page. */
  readonly countValues: (string | number)[];
}

const sortColumns: Readonly<Record<RunSortKey, string>> = {
  createdAt: 'created_at',
  updatedAt: 'updated_at',
  name: 'name COLLATE NOCASE',
  architecture: 'architecture COLLATE NOCASE',
  status: 'status',
  step: 'step',
  elapsedMs: 'elapsed_ms',
};

/** `goneOwners`: owners whose process has ended; their runs count as interrupted. */
export function toStatement(query: RunQuery, goneOwners: readonly string[]): RunStatement {
  const terms = [query.deleted === true ? 'deleted_at IS NOT NULL' : 'deleted_at IS NULL'];
  const countValues: (string | number)[] = [];
  const where = (term: string, ...values: (string | number)[]): void => {
    terms.push(term);
    countValues.push(...values);
  };
  if (query.status !== undefined) {
    const marks = query.status.map(() => '?').join(', ');
    if (goneOwners.length === 0) where(`status IN (${marks})`, ...query.status);
    else {
      where(
        `CASE WHEN owner IN (SELECT value FROM json_each(?)) THEN 'interrupted' ELSE status END
           IN (${marks})`,
        JSON.stringify(goneOwners),
        ...query.status,
      );
    }
  }
  if (query.group !== undefined) where('group_name = ?', query.group);
  if (query.architecture !== undefined) where('architecture = ?', query.architecture);
  if (query.dataFingerprint !== undefined) where('data_fingerprint = ?', query.dataFingerprint);
  if (query.tag !== undefined) {
    where('EXISTS (SELECT 1 FROM json_each(tags) WHERE value = ?)', query.tag);
  }
  if (query.text !== undefined) {
    where(
      "id || ' ' || name || ' ' || architecture || ' ' || coalesce(group_name, '') || ' ' || notes LIKE ? ESCAPE '\\'",
      `%${query.text.replace(/[\\%_]/g, '\\$&')}%`,
    );
  }
  const conditions = terms.join(' AND ');
  const order = orderOf(query);
  const { limit = -1, offset = 0 } = query;
  return {
    sql: `${selectSummary} WHERE ${conditions} ORDER BY ${order.terms} LIMIT ? OFFSET ?`,
    countSql: `SELECT count(*) AS total FROM runs WHERE ${conditions}`,
    values: [...countValues, ...order.values, limit, offset],
    countValues,
  };
}

function orderOf(query: RunQuery): { terms: string; values: string[] } {
  const { sortBy = 'createdAt' } = query;
  const direction = (query.descending ?? sortBy === 'createdAt') ? 'DESC' : 'ASC';
  if (typeof sortBy === 'string') {
    return { terms: `${sortColumns[sortBy]} ${direction}, run ${direction}`, values: [] };
  }
  if (sortBy.metric.includes('"')) {
    throw inputError('bad-metric', `A metric name has no quotation marks: ${sortBy.metric}.`);
  }
  const path = `$."${sortBy.metric}"`;
  return {
    terms: `json_extract(metrics, ?) IS NULL, json_extract(metrics, ?) ${direction}, run ${direction}`,
    values: [path, path],
  };
}
