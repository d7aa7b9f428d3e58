// From a spec's JSON schema and its present value to the fields of a form. A variant that is new in the
// schema needs no new form; what a field is called and when it applies is the caller's (`FormRules`).
import { initialOf, variantsOf, withoutNull, type JsonSchema } from './json-schema.ts';
import { pathText, valueAt, withValueAt, type Path } from './value-path.ts';

interface FieldBase {
  readonly path: Path;
  /** `stages.1.width`, with the numbers of rows replaced by `*` for rules: `stages.*.width`. */
  readonly key: string;
  readonly schema: JsonSchema;
  readonly isNullable: boolean;
}

export type Field =
  | (FieldBase & { readonly kind: 'choice'; readonly options: readonly string[] })
  | (FieldBase & { readonly kind: 'variant'; readonly options: readonly string[] })
  | (FieldBase & { readonly kind: 'switch' })
  | (FieldBase & { readonly kind: 'text' })
  | (FieldBase & { readonly kind: 'numbers' })
  | (FieldBase & {
      readonly kind: 'number';
      readonly isWhole: boolean;
      readonly min: number | undefined;
      readonly max: number | undefined;
    })
  | (FieldBase & { readonly kind: 'rows'; readonly columns: readonly Field[] })
  | (FieldBase & { readonly kind: 'group'; readonly fields: readonly Field[] });

export interface FormRules {
  /** Fields that are not shown, by key. */
  readonly hidden?: readonly string[];
  /** False for a field that has no effect with the rest of the document. */
  readonly applies?: (key: string, document: unknown) => boolean;
  readonly labels?: Readonly<Record<string, string>>;
  readonly hints?: Readonly<Record<string, string>>;
  readonly units?: Readonly<Record<string, string>>;
  /** What the values of a choice are called: `block.order` → `full-preactivation` → …. */
  readonly choices?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** What holds where a field without a default is left out; choosing it leaves the field out again. */
  readonly implied?: Readonly<Record<string, unknown>>;
  /** Better values to begin with than the schema's least. */
  readonly initial?: Readonly<Record<string, unknown>>;
}

export function fieldsOf(schema: JsonSchema, document: unknown, rules: FormRules): Field[] {
  return objectFields(schema, [], { document, rules });
}

interface Context {
  readonly document: unknown;
  readonly rules: FormRules;
}

function objectFields(schema: JsonSchema, path: Path, context: Context): Field[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
    fieldAt(property, [...path, name], context),
  );
}

function fieldAt(schema: JsonSchema, path: Path, context: Context): Field[] {
  const key = keyOf(path);
  const { hidden = [], applies } = context.rules;
  if (hidden.includes(key) || schema.const !== undefined) return [];
  if (applies?.(key, context.document) === false) return [];
  const { inner, isNullable } = withoutNull(schema);
  const base = { path, key, schema: inner, isNullable };
  const variants = variantsOf(inner);
  if (variants !== undefined) {
    const kind = valueAt(context.document, [...path, 'kind']);
    const chosen = variants.get(typeof kind === 'string' ? kind : defaultVariant(inner));
    return [
      {
        ...base,
        kind: 'group',
        fields: [
          { ...base, kind: 'variant', options: [...variants.keys()] },
          ...(chosen === undefined ? [] : objectFields(chosen, path, context)),
        ],
      },
    ];
  }
  if (inner.enum !== undefined) return [{ ...base, kind: 'choice', options: inner.enum }];
  switch (inner.type) {
    case 'object': {
      const fields = objectFields(inner, path, context);
      return fields.length === 0 ? [] : [{ ...base, kind: 'group', fields }];
    }
    case 'array': {
      if (inner.items?.type !== 'object') return [{ ...base, kind: 'numbers' }];
      const columns = objectFields(inner.items, [...path, 0], context);
      return [{ ...base, kind: 'rows', columns }];
    }
    case 'boolean':
      return [{ ...base, kind: 'switch' }];
    case 'integer':
    case 'number':
      return [
        {
          ...base,
          kind: 'number',
          isWhole: inner.type === 'integer',
          min: inner.minimum ?? inner.exclusiveMinimum,
          max: inner.maximum ?? inner.exclusiveMaximum,
        },
      ];
    case undefined:
    default:
      return [{ ...base, kind: 'text' }];
  }
}

/** Of a choice that an older document does not make: the default, else the first. */
export function defaultVariant(schema: JsonSchema): string {
  const kind = valueAt(schema.default, ['kind']);
  const [first = ''] = variantsOf(schema)?.keys() ?? [];
  return typeof kind === 'string' ? kind : first;
}

export function keyOf(path: Path): string {
  return pathText(path.map((part) => (typeof part === 'number' ? '*' : part)));
}

/** Chooses another variant: fields it shares with the old one keep their values. */
export function withVariant(
  document: unknown,
  options: {
    readonly path: Path;
    readonly schema: JsonSchema;
    readonly kind: string;
    readonly rules: FormRules;
  },
): unknown {
  const { path, schema, kind, rules } = options;
  const variant = variantsOf(schema)?.get(kind);
  if (variant === undefined) return document;
  const old = valueAt(document, path);
  const entries = Object.entries(variant.properties ?? {}).map(([name, property]) => {
    if (property.const !== undefined) return [name, property.const];
    const kept = valueAt(old, [name]);
    if (kept !== undefined) return [name, kept];
    return [name, rules.initial?.[keyOf([...path, name])] ?? initialOf(property)];
  });
  return withValueAt(document, path, Object.fromEntries(entries));
}

/**
 * Takes values out that no longer apply, so that two documents which mean the same are the same; their
 * defaults hold instead.
 */
export function withoutInapplicable(
  schema: JsonSchema,
  document: unknown,
  rules: FormRules,
): unknown {
  let result = document;
  const visit = (part: JsonSchema, path: Path): void => {
    for (const [name, property] of Object.entries(part.properties ?? {})) {
      const at = [...path, name];
      if (rules.applies?.(keyOf(at), result) === false)
        result = withValueAt(result, at, property.default);
      else if (property.properties !== undefined) visit(property, at);
    }
  };
  visit(schema, []);
  return result;
}

/** `labelSmoothing` → `Label smoothing`. */
export function labelOf(key: string, rules: FormRules): string {
  const known = rules.labels?.[key];
  if (known !== undefined) return known;
  const name = key.split('.').at(-1) ?? key;
  const words = name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** `0.5, 0.75` as people type lists; undefined if something in it is no number. */
export function numbersOf(text: string): number[] | undefined {
  const numbers = text
    .split(/[,;\s]+/)
    .filter((part) => part !== '')
    .map(Number);
  return numbers.every(Number.isFinite) ? numbers : undefined;
}

/** A value in a sentence: `0.1`, `on`, `none`. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (Array.isArray(value)) return value.map(valueText).join(', ');
  if (typeof value === 'object') return JSON.stringify(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}
