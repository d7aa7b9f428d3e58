// A value of a spec as people read it: `cosine (rate 0.1)`, `on`, `blocks 2, 2, 2; width 16, 32, 64`. Pure.
import { wordsOf } from './field-name.ts';

export function settingText(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  if (Array.isArray(value)) return listText(value as readonly unknown[]);
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (!isObject(value)) return typeof value === 'string' ? value : JSON.stringify(value);
  const { kind, ...rest } = value;
  const fields = Object.entries(rest)
    .filter(([, field]) => field !== undefined)
    .map(([name, field]) => `${wordsOf(name)} ${innerText(field)}`);
  const head = typeof kind === 'string' ? kind : '';
  if (fields.length === 0) return head;
  return head === '' ? `(${fields.join(', ')})` : `${head} (${fields.join(', ')})`;
}

/** Commas divide what stands around a list, too. */
function innerText(value: unknown): string {
  return Array.isArray(value) ? `[${settingText(value)}]` : settingText(value);
}

/** Entries of one form, such as stages, are read field by field. */
function listText(list: readonly unknown[]): string {
  const entries = list.filter(isObject);
  const names = Object.keys(entries[0] ?? {});
  const isTable =
    names.length > 0 &&
    entries.length === list.length &&
    entries.every((entry) => Object.keys(entry).join() === names.join());
  if (!isTable) return list.length === 0 ? 'none' : list.map(settingText).join(', ');
  return names
    .map(
      (name) => `${wordsOf(name)} ${entries.map((entry) => settingText(entry[name])).join(', ')}`,
    )
    .join('; ');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
