// `--set path=value`: changes one place of a document that a schema describes. The schema says what
// exists at each place, so a mistyped path is answered with what there is.
import { z } from 'zod';
import { inputError, type AppError } from '../../shared/errors.ts';
import { closestNames } from '../../shared/spec/closest.ts';

export interface Setting {
  readonly path: readonly string[];
  readonly value: unknown;
  /** As typed, for sentences and names. */
  readonly text: string;
}

/** `a.b=0.1`, `a={"kind":"none"}`, `a=some text`. */
export function parseSetting(text: string): Setting {
  const [, left = '', right = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  const path = left.trim().split('.');
  if (path.some((part) => part === '') || right === '') {
    throw inputError(
      'bad-setting',
      `--set ${text} is not of the form path=value, such as --set schedule.rate=0.05.`,
      { details: { given: text } },
    );
  }
  return { path, value: parseValue(right), text };
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Not JSON: text as it is, so that names need no quotes.
    return text;
  }
}

/** A copy of `document` with the setting applied. Whether the result is valid is checked afterwards. */
export function applySetting(document: unknown, schema: z.ZodType, setting: Setting): unknown {
  return set(document, schema, setting, 0);
}

function set(current: unknown, schema: z.ZodType, setting: Setting, depth: number): unknown {
  const part = setting.path[depth];
  if (part === undefined) return setting.value;
  const place = setting.path.slice(0, depth).join('.');
  const inner = unwrap(schema);
  if (inner instanceof z.ZodArray) {
    return setInList(asList(current), inner.element as z.ZodType, setting, depth);
  }
  if (inner instanceof z.ZodDiscriminatedUnion) {
    return setInUnion(asFields(current), inner, setting, depth);
  }
  if (!(inner instanceof z.ZodObject)) {
    throw unknownPlace(setting, `${place} is a single value and has nothing inside.`);
  }
  const shape = inner.shape as Fields;
  const field = shape[part];
  if (field === undefined) throw noSuchField(setting, part, place, Object.keys(shape));
  const fields = asFields(current);
  return { ...fields, [part]: set(fields[part], field, setting, depth + 1) };
}

type Fields = Readonly<Record<string, z.ZodType>>;

function setInList(
  list: readonly unknown[],
  element: z.ZodType,
  setting: Setting,
  depth: number,
): unknown {
  const part = setting.path[depth] ?? '';
  const index = Number(part);
  if (!/^\d+$/.test(part) || index >= list.length) {
    const place = setting.path.slice(0, depth).join('.');
    const range = list.length === 1 ? 'only entry 0' : `entries 0 to ${list.length - 1}`;
    throw unknownPlace(setting, `${place} has ${range}, not "${part}".`);
  }
  return list.map((entry, i) => (i === index ? set(entry, element, setting, depth + 1) : entry));
}

/** One of several kinds of object. Choosing another kind keeps the fields that both have. */
function setInUnion(
  fields: Readonly<Record<string, unknown>>,
  union: z.ZodDiscriminatedUnion,
  setting: Setting,
  depth: number,
): unknown {
  const part = setting.path[depth] ?? '';
  const place = setting.path.slice(0, depth).join('.');
  const kinds = new Map(
    union.options.map((option) => {
      const shape = (option as z.ZodObject).shape as Fields;
      const [kind] = (unwrap(shape['kind'] ?? z.never()) as z.ZodLiteral).values;
      return [String(kind), shape] as const;
    }),
  );
  if (part === 'kind' && depth === setting.path.length - 1) {
    const shape = kinds.get(String(setting.value));
    if (shape === undefined) {
      const known = [...kinds.keys()].join(', ');
      throw inputError(
        'bad-setting',
        `${place}.kind must be one of ${known}, not ${JSON.stringify(setting.value)}.`,
        { path: `${place}.kind` },
      );
    }
    const kept = Object.entries(fields).filter(([name]) => name in shape);
    return { ...Object.fromEntries(kept), kind: setting.value };
  }
  // A union that may be left out means its first kind then.
  const [first = ''] = kinds.keys();
  const kind = 'kind' in fields ? String(fields['kind']) : first;
  const shape = kinds.get(kind) ?? {};
  const field = shape[part];
  if (field !== undefined) {
    return { ...fields, [part]: set(fields[part], field, setting, depth + 1) };
  }
  const others = [...kinds].filter(([, other]) => part in other).map(([name]) => name);
  if (others.length > 0) {
    throw unknownPlace(
      setting,
      `${place}.${part} exists where ${place}.kind is ${others.join(' or ')}, and it is ${kind}; set ${place}.kind first.`,
    );
  }
  throw noSuchField(setting, part, place, Object.keys(shape));
}

function unwrap(schema: z.ZodType): z.ZodType {
  let inner = schema;
  while (
    inner instanceof z.ZodDefault ||
    inner instanceof z.ZodPrefault ||
    inner instanceof z.ZodOptional ||
    inner instanceof z.ZodNullable
  ) {
    inner = inner.unwrap() as z.ZodType;
  }
  return inner;
}

function asFields(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

function noSuchField(
  setting: Setting,
  part: string,
  place: string,
  known: readonly string[],
): AppError {
  const close = closestNames(part, known);
  const hint = close.length > 0 ? `Did you mean ${close.join(' or ')}? ` : '';
  const where = place === '' ? 'At the top' : `In ${place}`;
  return unknownPlace(
    setting,
    `${where} there is no "${part}". ${hint}There is: ${known.join(', ')}.`,
  );
}

function unknownPlace({ text, path }: Setting, sentence: string): AppError {
  return inputError('unknown-setting', `--set ${text}: ${sentence}`, { path: path.join('.') });
}
