// Columns that hold JSON. What others own comes back as `unknown`; what the store owns is parsed with
// a schema. A column that can't be read back means a damaged library, not a user's mistake.
import { z } from 'zod';
import { failure, messageOf } from '../../shared/errors.ts';
import type { Row } from './connection.ts';

export function readJson(row: Row, column: string): unknown {
  const text = row[column];
  if (text === null || text === undefined) return null;
  try {
    return JSON.parse(String(text)) as unknown;
  } catch (error) {
    throw damaged(column, messageOf(error), error);
  }
}

export function readJsonAs<S extends z.ZodType>(row: Row, column: string, schema: S): z.infer<S> {
  return parseAs(readJson(row, column), schema, column);
}

/** Checks a whole row against the types its columns must have. */
export function readRow<S extends z.ZodType>(row: Row, schema: S, table: string): z.infer<S> {
  return parseAs(row, schema, table);
}

function parseAs<S extends z.ZodType>(value: unknown, schema: S, where: string): z.infer<S> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw damaged(where, z.prettifyError(parsed.error), parsed.error);
  return parsed.data;
}

export function writeJson(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new Error('This value can not be written as JSON.');
  return text;
}

function damaged(where: string, why: string, cause: unknown): Error {
  return failure(
    'library-corrupt',
    `The library holds something unreadable in "${where}" (${why}). Keep a copy of it and restore it ` +
      'from a backup, or start a new one with --home.',
    { details: { where }, cause },
  );
}
