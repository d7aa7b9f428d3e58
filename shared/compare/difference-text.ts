// In which settings any number of specs differ, as people say it: a choice that differs is one setting with its
// fields, not a path for each of them. Pure. The one way for sentences, charts and the names of groups.
import { choiceName, fieldLabel, fieldName, inSentence } from '../spec/field-name.ts';
import { settingText } from '../spec/setting-text.ts';
import { differingPaths } from './spec-difference.ts';

export interface SettingDifference {
  /** Of a field, or of a choice with all of its fields. */
  readonly path: string;
  /** `Learning rate`. */
  readonly name: string;
  /** One for each document; undefined where it has no such field. */
  readonly values: readonly unknown[];
  /** The same in words. */
  readonly texts: readonly string[];
}

const AREAS = ['architecture', 'recipe'] as const;
const KIND = '.kind';

/** In the order of their first appearance in the documents. */
export function differencesOf(documents: readonly unknown[]): SettingDifference[] {
  return settingPaths(differingPaths(documents)).map((path) => {
    const values = documents.map((document) => valueAt(document, path));
    return { path, name: fieldName(path), values, texts: values.map((one) => textOf(path, one)) };
  });
}

/** `batch size (16 against 32)`, for the middle of a sentence. */
export function differenceSentence({ name, texts }: SettingDifference): string {
  const distinct = [...new Set(texts)];
  const divider = distinct.some((text) => /[,;]/.test(text)) ? '; ' : ', ';
  return `${inSentence(name)} (${distinct.join(distinct.length === 2 ? ' against ' : divider)})`;
}

/** A choice of another kind stands for its fields; a spec's own name follows from what differs beside it. */
function settingPaths(paths: readonly string[]): string[] {
  const choices = paths
    .filter((path) => path.endsWith(KIND))
    .map((path) => path.slice(0, -KIND.length));
  const raised = paths.map(
    (path) => choices.find((choice) => path.startsWith(`${choice}.`)) ?? path,
  );
  return [...new Set(raised)].filter((path, _, all) => {
    const area = AREAS.find((one) => path === `${one}.name` || path === `${one}.format`);
    return (
      area === undefined || !all.some((other) => other !== path && other.startsWith(`${area}.`))
    );
  });
}

function valueAt(document: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, name) => (isObject(value) ? value[name] : undefined), document);
}

function textOf(path: string, value: unknown): string {
  if (value === undefined) return 'not set';
  if (typeof value === 'string') return choiceName(path, value);
  if (!isObject(value)) return settingText(value);
  const { kind, ...rest } = value;
  const fields = Object.entries(rest).filter(([, field]) => field !== undefined);
  const head = typeof kind === 'string' ? choiceName(path, kind) : '';
  // `{ kind: 'epochs', epochs: 6 }`.
  const [only, more] = fields;
  if (only !== undefined && more === undefined && only[0] === kind) {
    return `${settingText(only[1])} ${head}`;
  }
  const words = fields.map(([name, field]) => {
    const inner = textOf(`${path}.${name}`, field);
    const label = inSentence(fieldLabel(`${path}.${name}`));
    return Array.isArray(field) ? `${label} [${inner}]` : `${label} ${inner}`;
  });
  if (words.length === 0) return head;
  return head === '' ? words.join(', ') : `${head} (${words.join(', ')})`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
