// Runs: one row per training. Times are ISO 8601 text in UTC. `spec`, `environment` and `error` belong
// to others and are kept as they came; `owner` is the process that trains the run now.
import type { Migration } from '../migration.ts';

export const runsMigration: Migration = {
  version: 1,
  name: 'runs',
  statements: `
    CREATE TABLE runs (
      run INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL,
      group_name TEXT,
      architecture TEXT NOT NULL,
      seed INTEGER NOT NULL,
      status TEXT NOT NULL CHECK (status IN
        ('queued', 'running', 'paused', 'interrupted', 'finished', 'failed')),
      created_at TEXT NOT NULL,
      updated_at TEXT NOT NULL,
      started_at TEXT,
      finished_at TEXT,
      deleted_at TEXT,
      owner TEXT,
      spec TEXT NOT NULL,
      data_name TEXT NOT NULL,
      data_fingerprint TEXT NOT NULL,
      class_count INTEGER NOT NULL,
      code_version TEXT NOT NULL,
      environment TEXT NOT NULL,
      step INTEGER NOT NULL,
      total_steps INTEGER NOT NULL,
      epoch REAL NOT NULL,
      elapsed_ms REAL NOT NULL,
      metrics TEXT NOT NULL,
      checkpoints TEXT NOT NULL,
      error TEXT,
      notes TEXT NOT NULL,
      tags TEXT NOT NULL
    ) STRICT;
    CREATE INDEX runs_by_creation ON runs (deleted_at, created_at, run);
    CREATE INDEX runs_by_status ON runs (deleted_at, status, created_at, run);
    CREATE INDEX runs_by_group ON runs (deleted_at, group_name, created_at, run);
    CREATE INDEX runs_by_owner ON runs (owner) WHERE owner IS NOT NULL;
  `,
};
