// Valid input made invalid: a few changes to bytes or to a JSON document. Fewer changes are smaller, so
// fast-check shrinks towards the one that matters.
import fc, { type Arbitrary } from 'fast-check';

type Change =
  | {
      readonly kind: 'flip' | 'set' | 'insert' | 'remove' | 'cut' | 'number';
      readonly at: number;
      readonly value: number;
    }
  | { readonly kind: 'copy'; readonly at: number; readonly value: number; readonly from: number };

const change: Arbitrary<Change> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('flip', 'set', 'insert', 'remove', 'cut', 'number'),
    // Headers are in the front, tables of contents at the end.
    at: fc.oneof(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 0.05, noNaN: true }),
    ),
    value: fc.nat(0xffff),
  }),
  fc.record({
    kind: fc.constant('copy' as const),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    from: fc.double({ min: 0, max: 1, noNaN: true }),
    value: fc.nat(400),
  }),
);

export const byteChanges = fc.array(change, { minLength: 1, maxLength: 6 });

/** Lengths and counts that programs trip over. */
const NUMBERS = [0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

export function changedBytes(bytes: Uint8Array, changes: readonly Change[]): Uint8Array {
  let result = Buffer.from(bytes);
  for (const { kind, at, value, ...rest } of changes) {
    const place = Math.min(result.length - 1, Math.floor(at * result.length));
    if (place < 0) break;
    switch (kind) {
      case 'flip':
        result[place] = (result[place] ?? 0) ^ (1 << (value & 7));
        break;
      case 'set':
        result[place] = value & 0xff;
        break;
      case 'insert':
        result = Buffer.concat([
          result.subarray(0, place),
          Buffer.alloc((value % 64) + 1, value >> 8),
          result.subarray(place),
        ]);
        break;
      case 'remove':
        result = Buffer.concat([
          result.subarray(0, place),
          result.subarray(place + (value % 64) + 1),
        ]);
        break;
      case 'cut':
        result = result.subarray(0, place);
        break;
      case 'number': {
        const width = place + 4 <= result.length ? 4 : 1;
        const number = NUMBERS[value % NUMBERS.length] ?? 0;
        if (width === 1) result[place] = number & 0xff;
        else if ((value & 0x100) === 0) result.writeUInt32LE(number, place);
        else result.writeUInt32BE(number, place);
        break;
      }
      case 'copy': {
        const from = Math.floor(('from' in rest ? rest.from : 0) * result.length);
        result.copyWithin(place, from, Math.min(result.length, from + value));
        break;
      }
    }
  }
  return new Uint8Array(result);
}

const odd: Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -1,
    1e308,
    -0,
    2 ** 53,
    '',
    '0',
    'none',
    '..',
    '__proto__',
    [],
    {},
  ),
  fc.string({ maxLength: 60, unit: 'binary' }),
  fc.constant('x'.repeat(100_000)),
  fc.jsonValue({ maxDepth: 4 }),
  fc
    .integer({ min: 1, max: 300 })
    .map((depth) => JSON.parse('['.repeat(depth) + ']'.repeat(depth)) as unknown),
);

interface JsonChange {
  readonly kind: 'replace' | 'remove' | 'add';
  readonly at: number;
  readonly name: string;
  readonly value: unknown;
}

const jsonChange: Arbitrary<JsonChange> = fc.record({
  kind: fc.constantFrom('replace', 'replace', 'remove', 'add'),
  at: fc.nat(1000),
  name: fc.oneof(fc.string({ maxLength: 10 }), fc.constantFrom('__proto__', 'constructor', 'kind')),
  value: odd,
});

/** Every fourth stays as it is. */
export function corrupted(valid: Arbitrary<unknown>): Arbitrary<unknown> {
  return fc
    .tuple(
      valid,
      fc.option(fc.array(jsonChange, { minLength: 1, maxLength: 3 }), { freq: 3, nil: [] }),
    )
    .map(([value, changes]) => changes.reduce(changedJson, value));
}

function changedJson(document: unknown, { kind, at, name, value }: JsonChange): unknown {
  const copy = structuredClone(document);
  const places = placesOf(copy);
  const place = places[at % Math.max(1, places.length)];
  if (place === undefined) return value;
  const { holder, key } = place;
  if (kind === 'remove') {
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else Reflect.deleteProperty(holder, key);
  } else {
    // Also a property of its own that is called __proto__.
    Object.defineProperty(holder, kind === 'replace' ? key : name, {
      value,
      ...{ enumerable: true, configurable: true, writable: true },
    });
  }
  return copy;
}

interface Place {
  readonly holder: object;
  readonly key: string;
}

function placesOf(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    { holder: value, key },
    ...placesOf(inner),
  ]);
}
