// Says in a sentence why a value does not fit its schema: where, what is wanted and what was given.
// Any spec that users write (architectures, recipes) may use it; it knows no spec in particular.
import type { z } from 'zod';
import { closestNames } from './closest.ts';

export interface SpecIssue {
  /** `stages.1.width`; empty for the document itself. */
  readonly path: string;
  readonly sentence: string;
}

/**
 * The first problem of a failed parse. `value` is what was parsed (schema errors do not carry it),
 * `document` what to call it as a whole, e.g. `The architecture`; `fields` the field names allowed
 * anywhere, for "did you mean".
 */
export function describeIssue(
  error: z.ZodError,
  context: {
    readonly value: unknown;
    readonly document: string;
    readonly fields: readonly string[];
  },
): SpecIssue {
  const issue = error.issues[0];
  if (issue === undefined) return { path: '', sentence: `${context.document} is not valid.` };
  const path = issue.path.map(String).join('.');
  const subject = path === '' ? context.document : path;
  const given = valueAt(context.value, issue.path);
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    // A field of another kind of object is known, but not what was meant here.
    const close = closestNames(key, context.fields).find((name) => name !== key);
    const hint = close === undefined ? 'remove it' : `did you mean "${close}"?`;
    const sentence = `${subject} has no field "${key}"; ${hint}`;
    return {
      path: path === '' ? key : `${path}.${key}`,
      sentence: close === undefined ? `${sentence}.` : sentence,
    };
  }
  if (given === undefined) return { path, sentence: `${subject} is missing; it ${wanted(issue)}.` };
  return { path, sentence: `${subject} ${wanted(issue)}, not ${printed(given)}.` };
}

type Issue = z.ZodError['issues'][number];

function wanted(issue: Issue): string {
  if (issue.code === 'invalid_type')
    return `must be ${typeNames[issue.expected] ?? issue.expected}`;
  if (issue.code === 'invalid_value') {
    const values = issue.values.map(printed).join(', ');
    return issue.values.length === 1 ? `must be ${values}` : `must be one of ${values}`;
  }
  if (issue.code === 'invalid_union') {
    const kinds = unionKinds(issue);
    if (kinds.length > 0) return `must be one of ${kinds.map(printed).join(', ')}`;
  }
  if (issue.code === 'too_small') {
    const bound = issue.inclusive === false ? 'more than' : 'at least';
    return `must ${verb(issue.origin)} ${bound} ${issue.minimum}${unit(issue.origin)}`;
  }
  if (issue.code === 'too_big') {
    const bound = issue.inclusive === false ? 'less than' : 'at most';
    return `must ${verb(issue.origin)} ${bound} ${issue.maximum}${unit(issue.origin)}`;
  }
  return `is not valid (${issue.message})`;
}

/** The kinds that a union tells apart; an optional kind is not worth mentioning. */
function unionKinds(issue: Issue): unknown[] {
  const { options } = issue as { readonly options?: unknown };
  return Array.isArray(options) ? options.filter((option) => option !== undefined) : [];
}

const typeNames: Partial<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
};

function verb(origin: string): string {
  return origin === 'array' || origin === 'string' ? 'have' : 'be';
}

function unit(origin: string): string {
  if (origin === 'array') return ' entries';
  return origin === 'string' ? ' characters' : '';
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = (current as Record<PropertyKey, unknown>)[key];
  }
  return current;
}

/** A value as written in a file, shortened. */
function printed(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
