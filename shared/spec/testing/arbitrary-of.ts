// Values that a zod schema accepts, for fast-check: made from the schema's JSON Schema, so a new field is
// attacked as soon as it exists. What a schema only checks in code may be refused; that is fine for fuzz.
import fc, { type Arbitrary } from 'fast-check';
import { z } from 'zod';

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly $ref?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly prefixItems?: readonly JsonSchema[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
}

export interface ArbitraryOptions {
  /** In place of what the schema would give, by path: `stages.*.width`. */
  readonly instead?: Readonly<Record<string, Arbitrary<unknown>>>;
}

export function arbitraryOf(
  schema: z.ZodType,
  { instead = {} }: ArbitraryOptions = {},
): Arbitrary<unknown> {
  const root = z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    cycles: 'ref',
  }) as JsonSchema;
  return valueOf(root, { root, instead }, '', 0);
}

interface Scope {
  readonly root: JsonSchema;
  readonly instead: Readonly<Record<string, Arbitrary<unknown>>>;
}

const DEEPEST = 12;
const MOST_ITEMS = 4;

function valueOf(
  schema: JsonSchema,
  scope: Scope,
  path: string,
  depth: number,
): Arbitrary<unknown> {
  const given = scope.instead[path];
  if (given !== undefined) return given;
  if (depth > DEEPEST) return fc.constant(null);
  const inside = (part: JsonSchema): Arbitrary<unknown> => valueOf(part, scope, path, depth + 1);
  if (schema.$ref !== undefined) return inside(resolve(schema.$ref, scope.root));
  if ('const' in schema) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map(inside));
  const type: unknown = schema.type;
  switch (type) {
    case 'object':
      return objectOf(schema, scope, path, depth);
    case 'array':
      return arrayOf(schema, scope, path, depth);
    case 'string':
      return fc.string({
        minLength: schema.minLength ?? 0,
        maxLength: Math.min(schema.maxLength ?? 40, 200),
      });
    case 'integer':
    case 'number':
      return numberOf(schema);
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    default:
      return fc.jsonValue({ maxDepth: 3 });
  }
}

function resolve(ref: string, root: JsonSchema): JsonSchema {
  const name = /^#\/\$defs\/(.+)$/.exec(ref)?.[1];
  return name === undefined ? root : (root.$defs?.[name] ?? {});
}

function objectOf(
  schema: JsonSchema,
  scope: Scope,
  path: string,
  depth: number,
): Arbitrary<unknown> {
  const { properties = {}, required = [], additionalProperties } = schema;
  const fields = Object.fromEntries(
    Object.entries(properties).map(([name, part]) => [
      name,
      valueOf(part, scope, path === '' ? name : `${path}.${name}`, depth + 1),
    ]),
  );
  const known = fc.record(fields, { requiredKeys: required.filter((name) => name in fields) });
  if (typeof additionalProperties !== 'object') return known;
  const value = valueOf(additionalProperties, scope, `${path}.*`, depth + 1);
  return fc
    .tuple(known, fc.dictionary(fc.string({ maxLength: 12 }), value, { maxKeys: MOST_ITEMS }))
    .map(([a, b]) => ({ ...b, ...a }));
}

function arrayOf(
  schema: JsonSchema,
  scope: Scope,
  path: string,
  depth: number,
): Arbitrary<unknown> {
  if (schema.prefixItems !== undefined) {
    return fc.tuple(
      ...schema.prefixItems.map((part) => valueOf(part, scope, `${path}.*`, depth + 1)),
    );
  }
  const minLength = schema.minItems ?? 0;
  return fc.array(valueOf(schema.items ?? {}, scope, `${path}.*`, depth + 1), {
    minLength,
    maxLength: Math.max(minLength, Math.min(schema.maxItems ?? MOST_ITEMS, MOST_ITEMS)),
  });
}

function numberOf(schema: JsonSchema): Arbitrary<number> {
  if (schema.type === 'integer') {
    const min = schema.minimum ?? (schema.exclusiveMinimum ?? -1e9) + 1;
    const max = schema.maximum ?? (schema.exclusiveMaximum ?? 1e9) - 1;
    const near = fc.integer({ min, max: Math.min(max, min + 16) });
    return fc.oneof({ weight: 3, arbitrary: near }, fc.integer({ min, max }));
  }
  return fc.double({
    min: schema.exclusiveMinimum ?? schema.minimum ?? -1e9,
    max: schema.exclusiveMaximum ?? schema.maximum ?? 1e9,
    minExcluded: schema.exclusiveMinimum !== undefined,
    maxExcluded: schema.exclusiveMaximum !== undefined,
    noNaN: true,
  });
}
