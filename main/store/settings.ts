// Settings and presets: small JSON documents by name. What is in them is their owners' business.
import type { Connection } from './connection.ts';
import { readJson, writeJson } from './json-column.ts';

export interface PresetRecord {
  readonly name: string;
  readonly spec: unknown;
  readonly savedAt: string;
}

export interface SettingsReader {
  readAll(): Readonly<Record<string, unknown>>;
}

export interface SettingsWriter {
  /** Sets the given names and leaves the others. `change` sees what is there now. */
  change(
    change: (current: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>,
  ): Readonly<Record<string, unknown>>;
}

export interface PresetReader {
  /** By name. */
  list(): readonly PresetRecord[];
}

export interface PresetWriter {
  /** Replaces one of the same name. */
  save(name: string, spec: unknown): void;
  delete(name: string): void;
}

export function createSettings(connection: Connection): SettingsReader & SettingsWriter {
  const readAll = (): Record<string, unknown> =>
    connection.read((session) =>
      Object.fromEntries(
        session
          .all('SELECT name, value FROM settings')
          .map((row) => [String(row['name']), readJson(row, 'value')]),
      ),
    );
  return {
    readAll,
    change: (change) =>
      connection.write((session) => {
        for (const [name, value] of Object.entries(change(readAll()))) {
          session.run(
            `INSERT INTO settings VALUES (?, ?)
               ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
            [name, writeJson(value)],
          );
        }
        return readAll();
      }),
  };
}

export function createPresets(connection: Connection): PresetReader & PresetWriter {
  return {
    list: () =>
      connection.read((session) =>
        session.all('SELECT * FROM presets ORDER BY name COLLATE NOCASE').map((row) => ({
          name: String(row['name']),
          spec: readJson(row, 'spec'),
          savedAt: String(row['saved_at']),
        })),
      ),
    save: (name, spec) =>
      connection.write((session) => {
        session.run(
          `INSERT INTO presets VALUES (?, ?, ?)
             ON CONFLICT (name) DO UPDATE SET spec = excluded.spec, saved_at = excluded.saved_at`,
          [name, writeJson(spec), new Date().toISOString()],
        );
      }),
    delete: (name) =>
      connection.write((session) => {
        session.run('DELETE FROM presets WHERE name = ?', [name]);
      }),
  };
}
