// The dataset repository: what has been opened before, so that it can be offered again. A dataset is
// known by the fingerprint of its content; moving the folder updates its source. Holds no images.
import { z } from 'zod';
import {
  DamagedRule,
  DepthRule,
  GroundRule,
  type PixelRules,
} from '../../shared/spec/pixel-rules.ts';
import { LayoutName } from '../../shared/spec/layout.ts';
import type { Connection, Row } from './connection.ts';
import { readJsonAs, readRow, writeJson } from './json-column.ts';

const datasetFacts = z.object({
  shape: z.object({ height: z.number(), width: z.number(), channels: z.number() }),
  classes: z.array(z.string()),
  /** Images per split: train, val, test. */
  counts: z.record(z.string(), z.number()),
  /** How many files had which problem, e.g. `corrupt-file`: 3. */
  problems: z.record(z.string(), z.number()),
  /** What should be known before training on it; left out by versions that noted nothing. */
  notes: z.array(z.object({ code: z.string(), text: z.string() })).optional(),
  /** Left out by versions that had no rules. */
  pixelRules: z
    .object({ depth: DepthRule, ground: GroundRule, damaged: DamagedRule })
    .partial()
    .optional(),
  /** How somebody chose to read its folders; left out where that is clear. */
  layout: LayoutName.optional(),
  mergeClasses: z.boolean().optional(),
  /** Which columns of its list of labels somebody chose. */
  columns: z.string().optional(),
});

export interface DatasetFacts {
  readonly fingerprint: string;
  readonly name: string;
  /** Where it was opened: a path or `builtin:…`. */
  readonly source: string;
  readonly shape: { readonly height: number; readonly width: number; readonly channels: number };
  readonly classes: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
  readonly problems: Readonly<Record<string, number>>;
  readonly notes?: readonly { readonly code: string; readonly text: string }[] | undefined;
  /** How it was read last. */
  readonly pixelRules?: PixelRules | undefined;
  readonly layout?: LayoutName | undefined;
  readonly mergeClasses?: boolean | undefined;
  readonly columns?: string | undefined;
}

export interface DatasetRecord extends DatasetFacts {
  readonly firstOpenedAt: string;
  readonly lastOpenedAt: string;
}

export interface DatasetReader {
  /** Last opened first. */
  list(): readonly DatasetRecord[];
  find(fingerprint: string): DatasetRecord | undefined;
}

export interface DatasetWriter {
  /** Adds it or brings it up to date, and notes that it was opened now. */
  remember(facts: DatasetFacts): DatasetRecord;
  /** Of a dataset that lies elsewhere now. */
  move(from: string, to: string): void;
  /** Forgets it; its files and the runs on it stay. */
  forget(fingerprint: string): void;
}

export function createDatasetReader(connection: Connection): DatasetReader {
  return {
    list: () =>
      connection.read((session) =>
        session.all('SELECT * FROM datasets ORDER BY last_opened_at DESC').map(toDataset),
      ),
    find: (fingerprint) =>
      connection.read((session) => {
        const row = session.first('SELECT * FROM datasets WHERE fingerprint = ?', [fingerprint]);
        return row === undefined ? undefined : toDataset(row);
      }),
  };
}

export function createDatasetWriter(connection: Connection): DatasetWriter {
  return {
    remember: ({ fingerprint, name, source, ...facts }) =>
      connection.write((session) => {
        const now = new Date().toISOString();
        const [row] = session.all(
          `INSERT INTO datasets VALUES (?, ?, ?, ?, ?, ?)
           ON CONFLICT (fingerprint) DO UPDATE SET name = excluded.name, source = excluded.source,
             facts = excluded.facts, last_opened_at = excluded.last_opened_at
           RETURNING *`,
          [fingerprint, name, source, writeJson(facts), now, now],
        );
        return toDataset(row ?? {});
      }),
    move: (from, to) => {
      connection.write((session) => {
        session.run('UPDATE datasets SET source = ? WHERE source = ?', [to, from]);
      });
    },
    forget: (fingerprint) => {
      connection.write((session) => {
        // Also as it was read before: that would come to light in its place.
        session.run(
          `DELETE FROM datasets WHERE source =
             (SELECT source FROM datasets WHERE fingerprint = ?)`,
          [fingerprint],
        );
      });
    },
  };
}

const datasetRow = z.object({
  fingerprint: z.string(),
  name: z.string(),
  source: z.string(),
  first_opened_at: z.string(),
  last_opened_at: z.string(),
});

function toDataset(row: Row): DatasetRecord {
  const columns = readRow(row, datasetRow, 'datasets');
  return {
    fingerprint: columns.fingerprint,
    name: columns.name,
    source: columns.source,
    ...readJsonAs(row, 'facts', datasetFacts),
    firstOpenedAt: columns.first_opened_at,
    lastOpenedAt: columns.last_opened_at,
  };
}
