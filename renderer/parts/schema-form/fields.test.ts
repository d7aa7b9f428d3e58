import { expect, test } from 'vitest';
import { z } from 'zod';
import { fieldsOf, labelOf, withVariant, withoutInapplicable, type Field } from './fields.ts';
import type { JsonSchema } from './json-schema.ts';
import { isEqual, valueAt, withValueAt } from './value-path.ts';

const schemaOf = (schema: z.ZodType): JsonSchema =>
  z.toJSONSchema(schema, { io: 'input' }) as JsonSchema;

const spec = schemaOf(
  z.strictObject({
    format: z.literal(1).default(1),
    width: z.int().min(1).max(64),
    rate: z.number().gt(0).default(0.1),
    isOn: z.boolean().default(true),
    clip: z.number().positive().nullable().default(null),
    block: z.strictObject({ kind: z.enum(['basic', 'bottleneck']), expansion: z.int().default(4) }),
    stages: z.array(z.strictObject({ blocks: z.int().min(1), width: z.int() })).min(1),
    schedule: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('constant'), rate: z.number() }),
      z.strictObject({
        kind: z.literal('step'),
        rate: z.number(),
        milestones: z.array(z.number()),
      }),
    ]),
  }),
);

const document = {
  width: 16,
  block: { kind: 'bottleneck', expansion: 2 },
  stages: [{ blocks: 3, width: 16 }],
  schedule: { kind: 'constant', rate: 0.5 },
};

/** Every field that holds a value, by key. */
function flat(fields: readonly Field[]): string[] {
  return fields.flatMap((field) =>
    field.kind === 'group' ? flat(field.fields) : [`${field.key}: ${field.kind}`],
  );
}

test('every kind of value gets its kind of field, constants get none', () => {
  expect(flat(fieldsOf(spec, document, {}))).toEqual([
    'width: number',
    'rate: number',
    'isOn: switch',
    'clip: number',
    'block.kind: choice',
    'block.expansion: number',
    'stages: rows',
    'schedule: variant',
    'schedule.rate: number',
  ]);
});

test('limits, wholeness and null come from the schema', () => {
  const [width, , , clip] = fieldsOf(spec, document, {});
  expect(width).toMatchObject({ isWhole: true, min: 1, max: 64, isNullable: false });
  expect(clip).toMatchObject({ isNullable: true, isWhole: false, min: 0 });
});

test('a field that does not apply is not shown and its value is taken out', () => {
  const rules = {
    applies: (key: string, whole: unknown) =>
      key !== 'block.expansion' || valueAt(whole, ['block', 'kind']) === 'bottleneck',
  };
  const basic = withValueAt(document, ['block', 'kind'], 'basic');
  expect(flat(fieldsOf(spec, document, rules))).toContain('block.expansion: number');
  expect(flat(fieldsOf(spec, basic, rules))).not.toContain('block.expansion: number');
  expect(withoutInapplicable(spec, basic, rules)).toMatchObject({
    block: { kind: 'basic', expansion: 4 },
  });
});

test('another variant keeps what it shares and begins with the rules’ values', () => {
  const field = fieldsOf(spec, document, {}).find(({ key }) => key === 'schedule')!;
  const rules = { initial: { 'schedule.milestones': [0.5, 0.75] } };
  const changed = withVariant(document, {
    path: field.path,
    schema: field.schema,
    kind: 'step',
    rules,
  });
  expect(valueAt(changed, ['schedule'])).toEqual({
    kind: 'step',
    rate: 0.5,
    milestones: [0.5, 0.75],
  });
  expect(flat(fieldsOf(spec, changed, rules))).toContain('schedule.milestones: numbers');
});

test('a choice that an older document does not make is its default', () => {
  const union = z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('none') }),
    z.strictObject({ kind: z.literal('ema'), decay: z.number() }),
  ]);
  const grown = schemaOf(
    z.strictObject({
      averaging: union.default({ kind: 'ema', decay: 0.9 }),
      other: union.prefault({ kind: 'none' }),
    }),
  );
  expect(flat(fieldsOf(grown, {}, {}))).toEqual([
    'averaging: variant',
    'averaging.decay: number',
    'other: variant',
  ]);
});

test('documents are replaced, not changed, and compared by content', () => {
  const changed = withValueAt(document, ['stages', 0, 'width'], 32);
  expect(valueAt(document, ['stages', 0, 'width'])).toBe(16);
  expect(valueAt(changed, ['stages', 0, 'width'])).toBe(32);
  expect(isEqual(withValueAt(changed, ['stages', 0, 'width'], 16), document)).toBe(true);
  expect(isEqual(changed, document)).toBe(false);
});

test('a label is made from the name of a field that the rules do not know', () => {
  expect(labelOf('recipe.labelSmoothing', {})).toBe('Label smoothing');
  expect(labelOf('block.kind', { labels: { 'block.kind': 'Block' } })).toBe('Block');
});
