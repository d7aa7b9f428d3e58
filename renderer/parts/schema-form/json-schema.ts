// The part of JSON Schema that zod writes for our specs, as types. Pure.

export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly string[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

/** Objects that are told apart by a constant field, or undefined if this is no such union. */
export function variantsOf(schema: JsonSchema): Map<string, JsonSchema> | undefined {
  const members = schema.oneOf ?? schema.anyOf;
  if (members === undefined) return undefined;
  const variants = new Map<string, JsonSchema>();
  for (const member of members) {
    const kind = member.properties?.['kind']?.const;
    if (typeof kind !== 'string') return undefined;
    variants.set(kind, member);
  }
  return variants;
}

/** The schema beside null, if null is allowed. */
export function withoutNull(schema: JsonSchema): { inner: JsonSchema; isNullable: boolean } {
  const members = schema.anyOf;
  const inner = members?.find((member) => member.type !== 'null');
  if (members?.length === 2 && inner !== undefined && members.some(({ type }) => type === 'null')) {
    return { inner, isNullable: true };
  }
  return { inner: schema, isNullable: false };
}

/** A value to begin with: the schema's default or the least that is allowed. */
export function initialOf(schema: JsonSchema): unknown {
  if (schema.default !== undefined) return schema.default;
  if (schema.const !== undefined) return schema.const;
  const { inner, isNullable } = withoutNull(schema);
  if (isNullable) return null;
  const variants = variantsOf(inner);
  const first = variants?.values().next().value;
  if (first !== undefined) return initialOf(first);
  if (inner.enum !== undefined) return inner.enum[0];
  switch (inner.type) {
    case 'object':
      return initialObject(inner);
    case 'array':
      return Array.from({ length: inner.minItems ?? 0 }, () =>
        inner.items === undefined ? null : initialOf(inner.items),
      );
    case 'boolean':
      return false;
    case 'integer':
    case 'number':
      return (
        inner.minimum ?? (inner.exclusiveMinimum === undefined ? 0 : inner.exclusiveMinimum + 1)
      );
    case 'string':
      return '';
    case undefined:
    default:
      return undefined;
  }
}

function initialObject(schema: JsonSchema): Record<string, unknown> {
  const entries = Object.entries(schema.properties ?? {});
  return Object.fromEntries(entries.map(([key, property]) => [key, initialOf(property)]));
}
